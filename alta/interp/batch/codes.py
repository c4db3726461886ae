"""Codes: values as small numbers.

The code of a categorical value is the value, that of a set its place among the declared subsets;
these are also the indices that rules test. Floats are numbered in the order in which they come up,
for every name by itself: a variable holds few different ones, its first ones and those that rules
assign.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.rows import GrowingColumn
from alta.interp.batch.trie import UNDEFINED_CODE
from alta.lang.kinds import Categorical, Numerical, SetVariable
from alta.lang.program import Program
from alta.lang.values import UNDEFINED, Value

__all__ = ["Codes", "Numbers"]

Array = npt.NDArray[Any]


@final
class Numbers:
    """Numbers the floats of one name.

    Attributes:
        floats: the floats by code.
    """

    def __init__(self, domain: Numerical) -> None:
        """Starts without floats."""
        self._domain = domain
        self._codes: dict[float, int] = {}
        self._indices = GrowingColumn()
        self.floats: list[float] = []

    def code(self, value: float) -> int:
        """Returns the code of a float; one that is new gets the next code."""
        known = self._codes.setdefault(value, len(self.floats))
        if known == len(self.floats):
            self.floats.append(value)
            self._indices.extend((self._domain.index_of(value),))
        return known

    def indices(self) -> Array:
        """Returns the index that rules test, by code."""
        return self._indices.values

    def representatives(self) -> Array:
        """Returns a code for every index that rules may test."""
        return np.array([self.code(value) for value in self._domain.contents or (0.0,)])


@final
class Codes:
    """Translates between values, codes, and the indices that rules test."""

    def __init__(self, program: Program) -> None:
        """Takes the program whose names have values."""
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
        if not self.numbers[name].floats:
            return np.full_like(codes, UNDEFINED_CODE)
        return np.where(codes == UNDEFINED_CODE, codes, self.numbers[name].indices()[codes])
