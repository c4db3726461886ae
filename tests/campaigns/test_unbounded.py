"""Verdicts for every length agree with everything that is short, and with some that is long."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

import alta
from alta_verify.prove.meets.unbounded import Unbounded
from tests.campaigns.meanings import Accepted, Folded, Never, Same
from tests.campaigns.sweeps import Subject
from tests.campaigns.test_mutants import SEED
from tests.campaigns.unbounded import Truth, campaign, judged
from tests.campaigns.verdicts import Counts
from tests.unbounded import CASES
from tests.unbounded.lateness import coinciding

MANY = 3000

CASE = CASES["parity_sequential_relative"]
PARITY = CASE.build()
NAMES = PARITY.vocab

RIGHT = (
    Folded(((0, 1, 0), (1, 0, 0)), (0, 1), None),
    Accepted("START (0* 1 0* 1)* 0* 1 0*", NAMES, 1, -1),
    Same(alta.program_text(PARITY)),
    Never({"parity": 1, "done": 1}, {"parity": 0}),
    Never({"done": 1}, {"done": 0}),
)

WRONG = (
    Folded(((0, 1, 0), (1, 1, 0)), (0, 1), -1),
    Accepted("START 0* 1 0*", NAMES, 1, -1),
    Same(alta.program_text(CASE.broken(CASE.twins[0])[0])),
    Never({"parity": 1, "done": 0}, {"parity": 0}),
    Never({"parity": 1, "done": 1}),
)


def check(counts: Counts, title: str, record_property: Any) -> None:
    record_property(title, counts.table())
    assert not counts.wrong, "\n".join([counts.table(), *counts.wrong])


def test_the_truth_tells_right_from_wrong():
    truth = Truth(PARITY, Random(0))
    assert len(truth.words[7]) == 2**7
    assert {len(word) for words in truth.words for word in words} >= {1, 8, 60, 200}
    for meaning in RIGHT:
        assert not list(truth.wrong(meaning)), meaning
    for meaning in WRONG:
        word, kinds = next(truth.wrong(meaning))
        assert len(word) <= 4, meaning
        assert kinds == {"spec"}, meaning
        assert truth.wrong_on(meaning, word) == {"spec"}
    assert not truth.wrong_on(WRONG[0], (0, 1, 1))  # no input


def test_the_truth_sees_what_is_wrong_on_long_inputs():
    late = coinciding("parity", lambda value: 1 - value)(PARITY)
    assert {len(word) for word, _ in Truth(late, Random(0)).wrong(RIGHT[0])} == {39, 60, 121, 200}


def test_verdicts_on_some_random_programs_are_true(record_property):
    counts = campaign(SEED, 6, each=2)
    check(counts, "some verdicts for every length", record_property)
    assert counts.count("PROVED, true")


def test_a_search_that_takes_anything_for_an_invariant_is_found_out(monkeypatch):
    monkeypatch.setattr(Unbounded, "exclude", lambda *_: "taken for granted")
    subject, truth = Subject("parity", PARITY, ("done", -1), ()), Truth(PARITY, Random(0))
    outcomes = [judged(subject, truth, one, "", sampled=False).outcome for one in WRONG]
    assert outcomes == ["PROVED, false"] * len(WRONG)


@pytest.mark.campaign
def test_verdicts_on_many_random_programs_are_true(record_property):
    counts = campaign(SEED, MANY)
    check(counts, "many verdicts for every length", record_property)
    assert counts.total == MANY
    proved, refuted = counts.count("PROVED, true"), counts.count("REFUTED, true")
    assert min(proved, refuted) > MANY / 5
