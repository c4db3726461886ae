"""The relation between symbolic states and residual streams that every layer has to keep.

A residual stream is related to a state when every coordinate of every variable lies in the
interval that the relation has for the variable's value, and every coordinate of a head output is
0. For a model as our compiler makes it all intervals are single numbers, the codes, so that the
relation says: equal, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, final

from alta.lang.program import Program
from alta.nn.layout import Layout
from alta_verify.interval import ONE, ZERO, Interval

__all__ = ["UNDEFINED_VALUE", "Codes", "Relation", "code", "decodes"]

UNDEFINED_VALUE: Final = -1
"""Stands for UNDEFINED among the values of a head output."""

Codes = Mapping[int, tuple[Interval, ...]]
"""For each value of a name, the intervals of its own coordinates."""

_HALF: Final = Fraction(1, 2)


@final
@dataclass(frozen=True)
class Relation:
    """Says which residual streams stand for which states at a layer boundary.

    Attributes:
        program: whose states.
        layout: whose residual streams.
        codes: for each variable (head outputs are 0), its values' intervals.
    """

    program: Program
    layout: Layout
    codes: Mapping[str, Codes]

    @property
    def exact(self) -> bool:
        """Whether every variable has exactly its codes."""
        return all(
            intervals == code(value, len(intervals))
            for codes in self.codes.values()
            for value, intervals in codes.items()
        )


def code(value: int, size: int) -> tuple[Interval, ...]:
    """Returns the one-hot code of a value."""
    return tuple(ONE if index == value else ZERO for index in range(size))


def decodes(intervals: tuple[Interval, ...], value: int) -> bool:
    """Says whether every vector in the intervals decodes to the value.

    Decoding takes the only coordinate above 1/2.
    """
    return all(
        one.lo > _HALF if index == value else one.hi <= _HALF for index, one in enumerate(intervals)
    )
