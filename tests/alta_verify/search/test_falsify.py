"""Sampling: which inputs are looked for, and that what is found is the shortest."""

from __future__ import annotations

import pytest

import alta
from alta.limit import OutOfTime
from alta_verify.deadline import Deadline
from alta_verify.search.falsify import falsify
from tests.alta_verify.blocks import condition_of
from tests.alta_verify.mutants import with_arrays


def test_a_shortest_counterexample_is_found_among_short_inputs():
    program = alta.programs.parity_sequential_relative()
    model = alta.compile(program)
    bias = model.weights.mlp.expand_in_bias.copy()
    # The condition of a one behind an odd number of ones no longer holds.
    atoms = {"parity": 1, "done": 0, "parity_left": 1, "done_left": 1}
    bias[condition_of(model, atoms)] -= 2
    found = falsify(
        program,
        with_arrays(model, {"mlp.expand_in_bias": bias}),
        max_len=20,
        max_layers=None,
        deadline=Deadline.after(None),
    ).counterexample
    assert found is not None
    assert found.names == "START 1 1"


def test_sampling_gives_up_when_the_time_is_over():
    program = alta.programs.parity_sequential_relative()
    with pytest.raises(OutOfTime):
        falsify(
            program,
            alta.compile(program),
            max_len=8,
            max_layers=None,
            deadline=Deadline.after(0),
        )
