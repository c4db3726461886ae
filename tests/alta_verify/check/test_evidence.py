"""Evidence with something else in it is refused."""

from __future__ import annotations

import json

import pytest

from alta_verify.check.evidence import Evidence
from alta_verify.check.program import bits_of
from alta_verify.check.refused import Refused
from alta_verify.check.text import read_program
from tests.alta_verify.check.theorems import (
    TEXT,
    evidence,
)


def _row(edit):
    def change(found):
        edit(found["value_sets"][0])

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.pop("runs"),
        lambda found: found.update(more=[]),
        lambda found: found.update(runs={}),
        lambda found: found.update(value_sets=None),
        lambda found: found["value_sets"].append([]),
        _row(lambda row: row.pop("token")),
        _row(lambda row: row.update(token=[4])),
        _row(lambda row: row.update(token=[-1])),
        _row(lambda row: row.update(mean=[-2])),
        _row(lambda row: row.update(fetched=[4])),
        _row(lambda row: row.update(token=[True])),
        _row(lambda row: row.update(token=3)),
        lambda found: found["runs"].append({"names": ["x"], "defined": [], "by": "words"}),
        lambda found: found["runs"].append({"names": ["token"] * 2, "defined": [], "by": "words"}),
        lambda found: found["runs"].append({"names": ["token"], "defined": []}),
        lambda found: found["excluded"].append({"variable": "x", "states": []}),
        lambda found: found["excluded"].append({"variable": "fetched", "states": []}),
        lambda found: found["excluded"].extend([{"variable": "rank", "states": []}] * 2),
        lambda found: found["excluded"].append({"variable": "rank", "states": [[]]}),
        lambda found: found["excluded"].append({"variable": "rank", "states": [{"rank": 4}]}),
        lambda found: found["excluded"].append({"variable": "rank", "states": [{"rank": -1}]}),
        lambda found: found["excluded"].append({"variable": "rank", "states": {"rank": 1}}),
    ],
)
def test_evidence_with_something_else_in_it_is_refused(change):
    found = json.loads(evidence("sorting"))
    read = read_program(TEXT)
    Evidence.read(found, read)
    change(found)
    with pytest.raises(Refused, match="evidence"):
        Evidence.read(found, read)


def test_evidence_is_read_as_masks():
    found = json.loads(evidence("sorting"))
    found["value_sets"][0]["mean"] = [-1, 2]
    found["excluded"] = [{"variable": "rank", "states": [{"mean": -1, "rank": 3}]}]
    read = Evidence.read(found, read_program(TEXT))
    assert read.rows[0]["mean"] == bits_of([-1, 2]) == 0b1001
    assert read.excluded == {"rank": ({"mean": 1, "rank": 0b10000},)}
