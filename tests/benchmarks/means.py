"""Means: how exactly a format computes them, beside what is claimed, and how far that carries."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import alta
from alta.errors import ModelError
from alta_verify import verify
from alta_verify.arithmetic.formats import FORMATS
from alta_verify.arithmetic.interval import point
from alta_verify.encode.averages import _Sums
from alta_verify.weights import cast
from tests.alta_verify.averaging import computed_means

__all__ = ["CASES", "Means", "means"]

CASES = {
    "bfloat16": (8, 10, 20, 39, 40, 50),
    "float16": (14, 20, 50, 64),
    "float32": (20, 50),
}


@dataclass(frozen=True)
class Means:
    """A proof of a program that counts by means, with the errors of means of ones and zeros.

    Attributes:
        program: the program.
        dtype: the format.
        length: the longest input.
        compiled: whether the compiler took the format; else the weights were cast to it.
        truth: the largest relative error of a computed mean, of those that were drawn.
        bound: the largest relative error that is claimed for one.
        is_right: whether the model is right for all lengths and numbers of ones.
        verdict: of the proof.
        seconds: how long that took.
    """

    program: str
    dtype: str
    length: int
    compiled: bool
    truth: float
    bound: float
    is_right: bool
    verdict: str
    seconds: float


def means() -> Iterator[Means]:
    """Yields a row for each program, format and length."""
    for name in ("parity_sum_mod_2", "parity_sum_mod_2_intermediate"):
        for dtype, lengths in CASES.items():
            for length in lengths:
                yield _row(name, dtype, length)


def _row(name: str, dtype: str, length: int) -> Means:
    program = getattr(alta.programs, name)(max_length=length)
    try:
        model, compiled = alta.compile(program, dtype=dtype, max_len=length), True
    except ModelError:
        model, compiled = cast(alta.compile(program, max_len=length), dtype), False
    truth, bound = _errors(dtype, length)
    start = time.perf_counter()
    verdict = verify(program, model, max_len=length).verdict.value
    seconds = time.perf_counter() - start
    right = _is_right(program, model, length)
    return Means(name, dtype, length, compiled, truth, bound, right, verdict, seconds)


def _errors(dtype: str, length: int) -> tuple[float, float]:
    """Returns the largest relative error of a mean of ones and zeros, computed and claimed."""
    sums, rng = _Sums((point(0), point(1)), FORMATS[dtype]), random.Random(0)
    truth, bound = Fraction(0), Fraction(0)
    for number in range(1, length + 1):
        for ones in range(1, number + 1):
            mean = Fraction(ones, number)
            chosen = [1.0] * ones + [0.0] * (number - ones)
            claimed = sums.mean(number, point(ones))
            ends = claimed.lo, claimed.hi
            drawn = computed_means(chosen, dtype, rng, 3)
            truth = max(truth, *(abs(each / mean - 1) for each in drawn))
            bound = max(bound, *(abs(each / mean - 1) for each in ends))
    return float(truth), float(bound)


def _is_right(program: alta.Program, model: alta.Model, length: int) -> bool:
    """Says whether a model is right for all lengths and numbers of ones, in front or behind."""
    words = [
        (2, *((1,) * ones + (0,) * (size - 1 - ones))[::way])
        for size in range(1, length + 1)
        for ones in range(size)
        for way in (1, -1)
    ]
    runs = model.run_batch(words)
    return all(
        run.outputs == ran.outputs
        for run, ran in zip(runs, alta.run_batch(program, words), strict=True)
    )
