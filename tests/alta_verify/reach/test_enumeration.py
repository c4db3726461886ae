"""Enumeration knows the local states of every run, since it has run them all."""

from __future__ import annotations

import pytest

from alta.limit import OutOfTime, limited
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Deadline
from alta_verify.reach.answer import Reachable, Unreachable
from alta_verify.reach.enumeration import Enumeration
from tests.alta_verify.reach.examples import BROKEN, UNDEFINED, chasing, sorting


def enumeration(program, max_len: int = 3, max_layers: int | None = None) -> Enumeration:
    return Enumeration(Abstraction.of(program), max_len, max_layers)


def test_what_occurs_is_found_with_its_place_and_what_does_not_is_in_no_run():
    runs = enumeration(chasing())
    answer = runs.find({"found": frozenset({-1}), "count": frozenset({1})})
    assert answer == Reachable(answer.tokens, 2, answer.position)
    assert runs.find({"found": frozenset({-1}), "count": frozenset({0})}) == Unreachable()
    assert runs.method == "enumeration of all 4 inputs"


def test_only_layers_within_the_bound_count():
    pattern = {"found": frozenset({-1}), "count": frozenset({1})}
    assert enumeration(chasing(), max_layers=1).find(pattern) == Unreachable()
    assert isinstance(enumeration(chasing(), max_layers=2).find(pattern), Reachable)


def test_a_run_that_fails_is_noticed():
    assert enumeration(sorting()).failure_free
    assert not enumeration(BROKEN["numbers may be equal"]).failure_free


def test_enumeration_that_was_cut_short_goes_on():
    runs = enumeration(sorting())
    with pytest.raises(OutOfTime), limited(Deadline.after(0)):
        runs.find(UNDEFINED)
    assert runs.find(UNDEFINED) == Unreachable()
    assert runs.method == enumeration_of_all(sorting())


def enumeration_of_all(program) -> str:
    runs = enumeration(program)
    runs.find({})
    return runs.method
