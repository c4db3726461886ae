"""The number of layers is the bound, or where the halt of all runs comes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Deadline, SolverCalls
from alta_verify.reach.layers import most_layers
from alta_verify.universal import Empty
from tests.alta_verify.reach.examples import chasing

NEVER = Deadline.after(None)


def most(program, *lengths: int, max_layers: int | None = None, clock: Deadline = NEVER):
    abstraction = Abstraction.of(program)
    return most_layers(abstraction, lengths, max_layers, clock, SolverCalls())


def test_runs_that_halt_have_as_many_layers_as_they_take_to_it():
    assert most(chasing(), 2) == 2
    assert most(chasing(), 2, clock=Deadline.after(0)) is None


def test_a_bound_counts_without_a_run():
    bounded = replace(chasing(), layers=lambda length: 3 * length)
    assert most(bounded, 1, 2, clock=Deadline.after(0)) == 6
    assert most(bounded, 1, 2, max_layers=4) == 4


def test_runs_that_nothing_ends_have_no_number_of_layers():
    halting = chasing()
    assert most(replace(halting, halt=None), 2) is None
    # Its counter stays at 1.
    stuck = replace(halting, mlp=tuple(rule for rule in halting.rules if rule.value != 2))
    assert most(stuck, 2) is None


def test_of_no_length_nothing_is_concluded():
    with pytest.raises(Empty):
        most(chasing())
