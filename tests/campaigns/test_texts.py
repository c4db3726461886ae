"""Language and checker read the same programs from the same texts, and refuse the same texts."""

from __future__ import annotations

from random import Random

import pytest

import alta
from alta.lang.program import program_text
from alta_verify.check import text as checked_text
from alta_verify.check.text import read_program
from tests.campaigns.edited_texts import EDITS
from tests.campaigns.readings import ACCEPTED, REFUSED, difference_of_readings, differences
from tests.campaigns.subject import SHIPPED
from tests.campaigns.texts import campaign

SEED = 0

MANY = 20_000


def check(count: int, record_property) -> None:
    tally = campaign(SEED, count, each=5 if count < MANY else 25)
    record_property(f"{count} texts", str(tally))
    assert tally.wrong == []
    assert tally.counts.total() == count
    assert min(tally.counts[ACCEPTED], tally.counts[REFUSED]) > count / 10


def test_some_texts_are_read_alike(record_property):
    check(200, record_property)


@pytest.mark.campaign
def test_many_texts_are_read_alike(record_property):
    check(MANY, record_property)


@pytest.mark.parametrize("kind", EDITS)
def test_every_kind_of_edit_changes_texts(kind):
    text = program_text(SHIPPED["sort_unique"][0]())
    rng = Random(SEED)
    changed = {EDITS[kind](text, rng) for _ in range(20)}
    assert len(changed - {text}) > 1


SUBSETS = "\n".join(
    (
        "alta-program 1",
        'name "sets"',
        "tokens 2",
        'vocab ["0","1"]',
        "positions -",
        "variable s subsets [[0],[1]] of 2 token [[0],[1]]",
        "variable y range 2 default [0]",
        "rule s=1 -> y := 1",
        "output y",
        "halt -",
        "layers 1",
        'inputs regex "0|1"',
        "",
    )
)


def test_a_reader_that_takes_other_texts_is_noticed(monkeypatch):
    swapped = SUBSETS.replace("[[0],[1]] of", "[[1],[0]] of")
    assert difference_of_readings(SUBSETS) == ("", ACCEPTED)
    assert difference_of_readings(swapped) == ("", REFUSED)
    monkeypatch.setattr(checked_text, "text_of", lambda _: swapped)
    assert difference_of_readings(swapped) == ("only the checker reads it", "")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('["0","1"]', '["0","2"]'),
        ("positions -", "positions 3"),
        ("[[0],[1]] of 2 token [[0],[1]]", "[[0],[1]] of 2 token [[1],[1]]"),
        ("[[0],[1]] of 2", "[[0],[1]] of 3"),
        ("variable y range 2", "variable y range 3"),
        ("s=1", "s=0"),
        (":= 1", ":= 0"),
        (":= 1", ":= 2"),
        ("output y", "output s"),
        ("halt -", "halt y=1"),
        ("layers 1", "layers 2"),
        ('"0|1"', '"0*"'),
    ],
)
def test_readings_that_differ_are_told_apart(old, new):
    """The comparison does not rest on how texts are written."""
    text = SUBSETS if '"0","1"' not in old else SUBSETS.replace('"0|1"', '"0"')
    program, other = alta.parse_program(text), text.replace(old, new)
    assert other != text
    assert list(differences(program, read_program(text))) == []
    assert list(differences(program, read_program(other)))
