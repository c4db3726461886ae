"""Invariants of batches are those of single runs."""

from __future__ import annotations

from typing import Any

import pytest

import alta
from alta_verify import specs
from alta_verify.reach.state_runs import StateRuns
from alta_verify.search.deviation import find_broken
from alta_verify.specs.invariants import Always

PARITY = alta.programs.parity_sequential_relative()
WORDS = [(2, *map(int, f"{number:03b}")) for number in range(8)]

INVARIANTS: dict[str, Any] = {
    "true": lambda z: True,
    "false": lambda z: False,
    "first states": lambda z: z["done"] == 1 or z["parity"] == 0,
    "last states": lambda z: z["done"] == 0 or z["parity"] == 0,
    "steps": lambda z, after: z["parity"] == after["parity"],
    "steps that are right": lambda z, after: z["done"] <= after["done"],
    "not definite": lambda z: z["parity"] == 0 or 1 // (1 - z["done"]) == 1,
}


def bound(fn: Any, program=PARITY) -> Always:
    invariant = specs.always(fn).bound(program)
    assert isinstance(invariant, Always)
    return invariant


@pytest.mark.parametrize("layers", [None, 1])
@pytest.mark.parametrize("name", INVARIANTS)
def test_a_batch_breaks_what_single_runs_break(name, layers):
    invariant = bound(INVARIANTS[name])

    def breaks(word):
        try:
            return find_broken(PARITY, invariant, word, layers) is not None
        except specs.SpecificationError:
            return True

    assert StateRuns(PARITY, invariant).breaking(WORDS, layers) == [
        word for word in WORDS if breaks(word)
    ]


def test_a_run_without_an_end_is_followed_until_it_repeats_and_a_failing_one_is_wrong():
    def ffn(z):
        z["x"] = (z["x"] + 1) % 5 if z["x"] < 5 else 6

    program = alta.program_spec(
        variables={"x": alta.input_var(6)}, heads={}, ffn_fn=ffn, output_name="x", input_range=6
    )
    words = [(0,), (3,), (5,)]
    assert StateRuns(program, bound(lambda z: z["x"] < 5, program)).breaking(words, None) == [(5,)]
    assert StateRuns(program, bound(lambda z: z["x"] != 4, program)).breaking(words, None) == words
