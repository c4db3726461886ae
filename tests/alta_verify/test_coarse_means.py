"""Means in coarse formats are proved as far as they can be told apart, and no farther."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

import alta
from alta.errors import ModelError
from alta_verify import Verdict, verify
from alta_verify.weights import cast

PROGRAMS = ["parity_sum_mod_2", "parity_sum_mod_2_intermediate"]


def counting(length: int, name: str = "parity_sum_mod_2") -> alta.Program:
    return getattr(alta.programs, name)(max_length=length)


def is_right(program: alta.Program, model: alta.Model, words: list[tuple[int, ...]]) -> bool:
    """Whether the model gives the program's outputs, by running it."""
    wanted = [alta.run(program, word).outputs for word in words]
    return [run.outputs for run in model.run_batch(words)] == wanted


def every(length: int) -> list[tuple[int, ...]]:
    """All inputs up to a length."""
    return [
        (2, *bits) for size in range(1, length + 1) for bits in product((0, 1), repeat=size - 1)
    ]


def by_count(lengths: Iterable[int]) -> list[tuple[int, ...]]:
    """An input for each of some lengths and number of ones, at the front and at the end."""
    return [
        (2, *bits[::way])
        for size in lengths
        for ones in range(size)
        for bits in [(1,) * ones + (0,) * (size - 1 - ones)]
        for way in (1, -1)
    ]


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize(
    ("dtype", "length"),
    [("bfloat16", 8), pytest.param("float16", 12, marks=pytest.mark.campaign)],
)
def test_parity_by_means_is_proved_in_coarse_formats(name, dtype, length):
    program = counting(length, name)
    model = alta.compile(program, dtype=dtype, max_len=length)
    assert verify(program, model, max_len=length).verdict is Verdict.PROVED
    assert is_right(
        program, model, every(length) if length == 8 else by_count(range(1, length + 1))
    )


@pytest.mark.campaign
def test_the_longest_sequences_are_those_whose_means_bfloat16_tells_apart():
    """Of 9/40, which is on an edge, and 7/31, which is above it, both are computed as 0.2256."""
    program = counting(39)
    model = alta.compile(program, dtype="bfloat16", max_len=39)
    assert verify(program, model, max_len=39).verdict is Verdict.PROVED
    assert is_right(program, model, by_count([31, 39]))
    wider = counting(40)
    with pytest.raises(ModelError, match=r"edge .* told apart, .* bfloat16 has"):
        alta.compile(wider, dtype="bfloat16", max_len=40)
    forced = cast(alta.compile(wider, max_len=40), "bfloat16")
    assert verify(wider, forced, max_len=40).verdict is not Verdict.PROVED


@pytest.mark.parametrize("dtype", ["bfloat16", pytest.param("float16", marks=pytest.mark.campaign)])
def test_thresholds_that_moved_are_proved_only_where_no_mean_crosses_them(dtype):
    length = 6
    program = counting(length)
    model = alta.compile(program, dtype=dtype, max_len=length)
    mlp = model.weights.compiled_mlp
    (column,) = model.layout.columns["mean"]
    steps = np.flatnonzero(np.asarray(mlp.expand_in)[column] > 2)
    verdicts = set()
    for unit, places in product(steps[:1], (-32, -1, 1, 32)):
        bias = np.array(mlp.expand_in_bias)
        bias[unit] *= 1 + places * float(np.asarray(np.finfo(np.float16).eps)) * 8
        weights = replace(model.weights, mlp=replace(mlp, expand_in_bias=bias))
        moved = model.with_weights(weights)
        verdict = verify(program, moved, max_len=length, timeout=20).verdict
        verdicts.add(verdict)
        if not is_right(program, moved, every(length)):
            assert verdict is not Verdict.PROVED
    assert {Verdict.PROVED, Verdict.REFUTED} <= verdicts
