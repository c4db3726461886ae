"""Formats: rounding to a number format, and arithmetic with sums in any order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from random import Random
from typing import Any, final

import numpy as np
import numpy.typing as npt

__all__ = ["FORMATS", "AnyOrder", "Arithmetic", "Float64", "rounded"]

Floats = npt.NDArray[Any]

FORMATS = ("float64", "float32", "bfloat16", "float16")

_SMALLEST = {
    "float64": 2.0**-1022,
    "float32": 2.0**-126,
    "bfloat16": 2.0**-126,
    "float16": 2.0**-14,
}
"""The smallest normal number."""


def rounded(numbers: Any, dtype: str) -> Floats:
    """The nearest numbers of a format, ties to even, as numbers of a wider one."""
    with np.errstate(over="ignore"):
        if dtype != "bfloat16":
            return np.asarray(numbers, dtype=np.float64).astype(dtype).astype(np.float64)
        return _bfloat16(np.asarray(numbers, dtype=np.float64))


def _bfloat16(numbers: Floats) -> Floats:
    """Rounds to 8 bits at once: a detour by float32 would round twice."""
    fraction, exponent = np.frexp(numbers)
    # In [1/2, 1) the last place of 8 bits is 2^-8; below the normal numbers it stays where it is.
    last = np.maximum(exponent - 8, -133)
    near = np.ldexp(np.rint(np.ldexp(fraction, exponent - last)), last)
    near = np.where(np.abs(near) >= 2.0**128, np.copysign(np.inf, near), near)
    return np.where(np.isfinite(numbers), near, numbers)


class Arithmetic(ABC):
    """How a network computes."""

    @abstractmethod
    def stored(self, numbers: Floats) -> Floats:
        """Numbers as they are stored between products."""

    @abstractmethod
    def sum(self, terms: list[Floats]) -> Floats:
        """A sum of arrays of one shape."""

    @abstractmethod
    def product(self, left: Floats, right: Floats, *more: Floats) -> Floats:
        """The product of matrices, with more terms added to it."""

    @abstractmethod
    def wide(self, numbers: Floats) -> Floats:
        """Numbers in the format of sums."""


@final
class Float64(Arithmetic):
    """Everything in float64, which is as near to the reals as NumPy gets."""

    def stored(self, numbers: Floats) -> Floats:
        return numbers

    def wide(self, numbers: Floats) -> Floats:
        return numbers

    def sum(self, terms: list[Floats]) -> Floats:
        return np.sum(terms, axis=0)

    def product(self, left: Floats, right: Floats, *more: Floats) -> Floats:
        return np.asarray(sum(more, np.matmul(left, right)))


@final
class AnyOrder(Arithmetic):
    """The format of a model, with sums in an order that is drawn anew for each.

    Products are summed in float32, or in float64 if that is the format. A sum is taken in parts,
    each from one term to the next. Products are rounded, or fused with the sum, and subnormal
    numbers are kept, or flushed to 0: both are drawn once.
    """

    def __init__(self, dtype: str, rng: Random) -> None:
        self.dtype = dtype
        self._rng = rng
        self._wide: Any = np.float64 if dtype == "float64" else np.float32
        self._fused = rng.random() < 0.5
        self._flushed = rng.random() < 0.5

    def stored(self, numbers: Floats) -> Floats:
        return self.wide(self._flush(rounded(numbers, self.dtype), self.dtype))

    def wide(self, numbers: Floats) -> Floats:
        return np.asarray(numbers).astype(self._wide)

    def _flush(self, numbers: Floats, dtype: str) -> Floats:
        if not self._flushed:
            return numbers
        return np.where(np.abs(numbers) < _SMALLEST[dtype], 0 * numbers, numbers)

    def _added(self, total: Floats, term: Floats) -> Floats:
        sums = "float64" if self._wide is np.float64 else "float32"
        return self._flush((total + term).astype(self._wide), sums)

    def sum(self, terms: list[Floats]) -> Floats:
        terms = self._rng.sample(terms, len(terms))
        parts: list[list[Floats]] = [[] for _ in range(self._rng.randint(1, 3))]
        for term in terms:
            self._rng.choice(parts).append(term)
        totals = [self._row(part) for part in parts if part]
        return self._row(totals)

    def _row(self, terms: list[Floats]) -> Floats:
        total = self.wide(terms[0])
        for term in terms[1:]:
            total = self._added(total, term)
        return total

    def product(self, left: Floats, right: Floats, *more: Floats) -> Floats:
        shape = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
        shape = (*shape, left.shape[-2], right.shape[-1])
        zero = np.zeros(shape, self._wide)
        # Fused, the product goes into the sum in float64, where it is exact; else it is rounded.
        exact = np.float64 if self._fused else self._wide
        left, right = left.astype(exact), right.astype(exact)
        terms = [
            left[..., :, place, None] * right[..., None, place, :]
            for place in range(left.shape[-1])
            if right[..., place, :].any()
        ]
        terms += [np.broadcast_to(term, shape) for term in more]
        return self.sum(terms) if terms else zero
