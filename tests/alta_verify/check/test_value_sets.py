"""Value sets that are not closed, or have other values than there are, are refused."""

from __future__ import annotations

import pytest

from alta_verify.check.refused import Refused
from tests.alta_verify.check.theorems import (
    LONG,
    evidence_of,
    mutated,
    theorem_of,
)


@pytest.mark.parametrize("name", ["parity", "done", "parity_left", "done_left"])
def test_value_sets_that_lack_a_value_are_refused(name):
    program, model = mutated("relative")
    evidence = evidence_of(program, model, LONG)
    evidence["value_sets"][3][name].pop()
    with pytest.raises(Refused, match="value sets"):
        theorem_of(program, model, LONG, evidence=evidence).show("program[conflict]")


@pytest.mark.parametrize("indices", [[0, 2], [-1, 0], [0, 1, 7]])
def test_value_sets_with_indices_of_nothing_are_refused(indices):
    program, model = mutated("relative")
    evidence = evidence_of(program, model, LONG)
    evidence["value_sets"][3]["parity"] = indices
    with pytest.raises(Refused, match="parity has no value"):
        theorem_of(program, model, LONG, evidence=evidence).show("program[conflict]")


def test_value_sets_may_be_larger_than_needed():
    program, model = mutated("absolute")
    evidence = evidence_of(program, model, LONG)
    for row in evidence["value_sets"]:
        row["done"] = [0, 1]
        row["done_left"] = sorted({0, 1, *row["done_left"]})
    assert theorem_of(program, model, LONG, evidence=evidence).show("program[range]")
