"""Models with damage, and what shows of it, for the tests of counterexamples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

import alta
from alta.nn.model import Model
from alta.nn.weights import named
from alta_verify import Counterexample
from alta_verify.search.counterexample import find_difference
from tests.alta_verify.mutants import with_arrays

__all__ = [
    "PARITY",
    "SORT",
    "compiled",
    "damaged",
    "misled",
    "parity_in_the_model",
    "refuting",
    "shuffled_sort",
    "silent_sort",
    "trapping",
    "without_first",
]

PARITY = alta.programs.parity_sequential_relative()
SORT = alta.programs.sort_unique(max_value=3)


@cache
def compiled(name: str) -> Model:
    return alta.compile({"parity": PARITY, "sort": SORT}[name])


def damaged(name: str, array: str, change: Callable[[Any], Any]) -> Model:
    """The compiled model with one array changed."""
    weights = dict(named(compiled(name).weights))
    return with_arrays(compiled(name), {array: change(weights[array].copy())})


def without_first(array: np.ndarray) -> np.ndarray:
    array[0, 0] = 0
    return array


def refuting(model: Model, *tokens: int, program: alta.Program = PARITY) -> Counterexample:
    """The counterexample on an input that has to be one."""
    counterexample = find_difference(program, model, tokens, None)
    assert counterexample is not None
    return counterexample


@cache
def parity_in_the_model() -> Counterexample:
    """The neuron that writes `parity = 0` only takes the one away."""
    return refuting(damaged("parity", "mlp.lookup_out", without_first), 2, 1, 1)


@cache
def silent_sort() -> Counterexample:
    """No neuron fires."""
    model = damaged("sort", "mlp.lookup_in_bias", lambda array: array - 9)
    return refuting(model, 0, 1, program=SORT)


@cache
def shuffled_sort() -> Counterexample:
    """Every token is taken for another one."""
    model = damaged("sort", "token_embedding", lambda array: array[::-1])
    return refuting(model, 0, program=SORT)


@cache
def trapping() -> Counterexample:
    """The program itself fails, whatever the model."""
    program = alta.program_spec_from_rules(
        name="trapping",
        variables={"bit": alta.input_var(2), "steps": alta.var(3)},
        heads={"left": alta.v_relative("bit", -1)},
        rules=[
            alta.rule({"steps": 0}, "steps", 1),
            alta.rule({"steps": 1, "bit": 1}, "steps", 3),
        ],
        output_name="bit",
        input_range=2,
        layers=2,
    )
    counterexample = find_difference(program, None, (0, 1), None)
    assert counterexample is not None
    return counterexample


def misled() -> Model:
    """A model whose head looks at the position itself."""
    heads = {**PARITY.heads, "done_left": replace(PARITY.heads["done_left"], mask=(0,))}
    return replace(compiled("parity"), program=alta.replace(PARITY, heads=heads))
