"""Codes: values as small numbers.

The code of a categorical value is the value, that of a set its place among the declared subsets;
these are also the indices that rules test. Floats are numbered as they come up, for every name by
itself: a variable holds few different ones, its first ones and those that rules assign.

The mean of many floats is worked out exactly and rounded once, as the interpreter defines it, and
once for each exact sum and count.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.interning import Chain, GrowingColumn, Interner
from alta.lang.kinds import Categorical, Numerical, SetVariable
from alta.lang.program import Program
from alta.lang.values import UNDEFINED, Value

__all__ = ["UNDEFINED_CODE", "Codes", "Means", "Numbers"]

Array = npt.NDArray[Any]

UNDEFINED_CODE: Final = -1
"""Stands for UNDEFINED among values that are numbers."""

# Bits of a limb: 2**27 of them add up to less than 2**53, below which floats hold integers.
_LIMB: Final = 26

# Added to sums of limbs, of which the highest may be negative.
_SHIFT: Final = 1 << 54


@final
class Numbers:
    """The floats of one name, numbered; `floats` has them by code."""

    def __init__(self, domain: Numerical) -> None:
        self._domain = domain
        self._codes: dict[float, int] = {}
        self._indices = GrowingColumn()
        self.floats: list[float] = []

    def code(self, value: float) -> int:
        """Returns the code of a float; one that is new gets the next code."""
        code = self._codes.setdefault(value, len(self.floats))
        if code == len(self.floats):
            self.floats.append(value)
            self._indices.extend((self._domain.index_of(value),))
        return code

    def indices(self) -> Array:
        """Returns the index that rules test, by code."""
        return self._indices.values

    def representatives(self) -> Array:
        """Returns a code for every index that rules may test."""
        # Any number of a bucket will do, as rules cannot tell them apart.
        return np.array([self.code(value) for value in self._domain.contents or (0.0,)])


@final
class Codes:
    """A translation between values, codes, and the indices that rules test."""

    def __init__(self, program: Program) -> None:
        self._domains = program.domains
        self.numbers = {
            name: Numbers(domain)
            for name, domain in program.domains.items()
            if isinstance(domain, Numerical)
        }

    def code(self, name: str, value: Value) -> int:
        """Returns the code of a value."""
        if name in self.numbers:
            return self.numbers[name].code(value)  # type: ignore[arg-type]
        return self._domains[name].index_of(value)

    def value(self, name: str, code: int) -> Value:
        """Returns the value of a code."""
        if code == UNDEFINED_CODE:
            return UNDEFINED
        if name in self.numbers:
            return self.numbers[name].floats[code]
        domain = self._domains[name]
        return domain.values[code] if isinstance(domain, SetVariable) else code

    def content(self, name: str, index: int) -> Value:
        """Returns a value that has the index that a rule tests."""
        domain = self._domains[name]
        return index if isinstance(domain, Categorical) else domain.contents[index]

    def values(self, name: str, codes: Sequence[int]) -> tuple[Value, ...]:
        """Returns the values of codes."""
        if name in self.numbers or isinstance(self._domains[name], SetVariable):
            return tuple(self.value(name, code) for code in codes)
        return tuple(codes)

    def indices(self, name: str, codes: Array) -> Array:
        """Returns the indices that rules test; UNDEFINED stays so."""
        if name not in self.numbers:
            return codes
        # Nothing has been read so far, so everything is UNDEFINED.
        if not self.numbers[name].floats:
            return np.full_like(codes, UNDEFINED_CODE)
        return np.where(codes == UNDEFINED_CODE, codes, self.numbers[name].indices()[codes])


@final
class Means:
    """The means of a variable's floats, by their counts and exact sums."""

    def __init__(self, summands: Numbers, means: Numbers) -> None:
        self._summands = summands
        self._means = means
        self._arranged = 0
        self._unit = 1
        self._limbs: list[Array] = []
        self._reset()

    def limbs(self) -> list[Array]:
        """Returns the limbs of the variable's floats, by code, the lowest limb first."""
        # Every float is a whole number of times a power of two. On the finest such lattice that the
        # floats need, sums are sums of integers. Those are split into limbs so small that float64
        # adds as many as there may be without rounding.
        floats = self._summands.floats
        if len(floats) > self._arranged:
            self._arranged = len(floats)
            ratios = [value.as_integer_ratio() for value in floats]
            # The denominators are powers of two, of which the largest is a multiple of all others.
            self._unit = max(below for _, below in ratios)
            integers = [above * (self._unit // below) for above, below in ratios]
            count = max(integer.bit_length() for integer in integers) // _LIMB + 1
            self._limbs = [
                np.array([_limb(integer, place, count) for integer in integers], dtype=np.float64)
                for place in range(count)
            ]
            # The lattice may be finer now, on which the sums so far would have other limbs.
            self._reset()
        return self._limbs

    def codes(self, counts: Array, sums: Sequence[Array]) -> Array:
        """Returns the codes of means, by how many floats were added and the sums of their limbs."""
        # A key is the count with one sum after the other.
        limbs = zip(self._sums, sums, strict=True)
        numbers = self._keys.intern(
            counts, (interner.intern(limb.astype(np.int64) + _SHIFT) for interner, limb in limbs)
        )
        new = np.arange(len(self._codes), numbers.max(initial=-1) + 1, dtype=np.int32)
        added, places = self._keys.parts(new)
        columns = [
            (interner.entries[place] - _SHIFT).tolist()
            for interner, place in zip(self._sums, places, strict=True)
        ]
        keys = zip(added.tolist(), *columns, strict=True)
        self._codes.extend([self._mean(*key) for key in keys])
        return np.where(counts == 0, UNDEFINED_CODE, self._codes.values[numbers])

    def _reset(self) -> None:
        self._sums = [Interner() for _ in self._limbs]
        self._keys = Chain(1 + len(self._limbs))
        self._codes = GrowingColumn()

    def _mean(self, count: int, *sums: int) -> int:
        if not count:
            return UNDEFINED_CODE
        # Python's integers hold the sum exactly; the quotient is rounded once.
        total = sum(limb << (_LIMB * place) for place, limb in enumerate(sums))
        return self._means.code(float(Fraction(total, self._unit * count)))


def _limb(integer: int, place: int, count: int) -> int:
    """Returns one limb; all but the highest are not negative."""
    shifted = integer >> (_LIMB * place)
    return shifted if place == count - 1 else shifted & ((1 << _LIMB) - 1)
