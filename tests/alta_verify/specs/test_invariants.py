"""Invariants are asked about what they read, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

import alta
from alta.errors import AltaError
from alta_verify import specs
from alta_verify.specs import invariants
from alta_verify.specs.invariants import Always, Breach, Needed, breaches
from alta_verify.specs.specification import Indefinite

PARITY = alta.programs.parity_sequential_relative()

VALUES: Any = {"parity": {0: 0, 1: 1}, "done": {0: 0, 1: 1}}


def bound(fn: Any) -> Always:
    invariant = specs.always(fn).bound(PARITY)
    assert isinstance(invariant, Always)
    return invariant


def test_one_parameter_is_a_state_and_two_are_a_step():
    assert not bound(lambda z: True).steps
    assert bound(lambda z, after: True).steps
    with pytest.raises(AltaError, match=r"specs.always: expected a function of a state, or of two"):
        specs.always(lambda: True)
    with pytest.raises(AltaError, match="of a state, or of two, got 3"):
        specs.always(3)


def test_what_an_invariant_reads_is_asked_for():
    invariant = bound(lambda z, after: z["done"] == 0 or after["parity"] == 1)
    assert invariant.holds({"done": 0}, {})
    assert not invariant.holds({"done": 1}, {"parity": 0})
    with pytest.raises(Needed) as needed:
        invariant.holds({"done": 1}, {})
    assert (needed.value.name, needed.value.after) == ("parity", True)


def test_all_ways_to_break_it_are_found_and_no_others():
    assert list(breaches(bound(lambda z: z["done"] == 0 or z["parity"] == 1), VALUES)) == [
        Breach({"done": 1, "parity": 0}, {})
    ]
    assert list(breaches(bound(lambda z, after: z["done"] <= after["done"]), VALUES)) == [
        Breach({"done": 1}, {"done": 0})
    ]
    assert list(breaches(bound(lambda z: True), VALUES)) == []
    # Where it says nothing definite it may be broken.
    assert list(breaches(bound(lambda z: 1 // z["done"] == 1), VALUES)) == [Breach({"done": 0}, {})]


def test_too_many_combinations_are_not_gone_through(monkeypatch):
    monkeypatch.setattr(invariants, "_COMBINATIONS", 3)
    with pytest.raises(Indefinite, match="more than 3 values together"):
        list(breaches(bound(lambda z: z["done"] == z["parity"]), VALUES))


INDEFINITE = {
    "no bool": (lambda z: 1, "returns 1; expected True or False"),
    "no variable": (lambda z: z["dome"] == 1, "reads 'dome', which is no variable.*'done'"),
    "an error": (lambda z: 1 // 0, "raises ZeroDivisionError"),
}


@pytest.mark.parametrize("name", INDEFINITE)
def test_an_answer_that_is_none_is_indefinite(name):
    fn, reason = INDEFINITE[name]
    with pytest.raises(Indefinite, match=reason):
        bound(fn).holds({}, {})


def test_two_answers_are_none():
    answers = iter([True, False])
    with pytest.raises(Indefinite, match="says True, and asked again False"):
        bound(lambda z: next(answers)).holds({}, {})


def test_a_state_is_a_mapping():
    assert bound(lambda z: sorted(z) == ["done", "parity"] and len(z) == 2).holds({}, {})
