"""Outputs of batches are those of single runs."""

from __future__ import annotations

import pytest

import alta
from alta.interp.run import ending_of
from alta_verify.reach import outputs
from alta_verify.reach.outputs import OutputRuns, chunks


def toggling(**more):
    def ffn(z):
        z["x"] = 1 - z["x"]

    return alta.program_spec(
        variables={"x": alta.input_var(2)},
        heads={},
        ffn_fn=ffn,
        output_name="x",
        input_range=2,
        **more,
    )


WORDS = [(0, 0), (0, 1), (1, 1)]


@pytest.mark.parametrize("bound", [None, 0, 3, 5000, 5001])
def test_the_outputs_are_those_of_single_runs(bound):
    program = toggling(halt=alta.halt_spec("x", 1))
    expected = [ending_of(program, word, bound).outputs for word in WORDS]
    assert OutputRuns(program).of(WORDS, bound) == expected
    # A run that toggles for ever has no outputs, unless a bound ends it.
    assert (expected[1] is None) == (bound is None)


def test_a_run_that_fails_has_none():
    def trap(z):
        if z["x"] == 1:
            z["x"] = 2

    program = alta.program_spec(
        variables={"x": alta.input_var(2)},
        heads={},
        ffn_fn=trap,
        output_name="x",
        input_range=2,
        layers=1,
    )
    assert OutputRuns(program).of(WORDS, 1) == [(0, 0), None, None]


def test_inputs_come_in_parts(monkeypatch):
    monkeypatch.setattr(outputs, "_CHUNK", 2)
    assert list(chunks(iter(WORDS))) == [WORDS[:2], WORDS[2:]]
