"""Coordinates: where each number of the residual stream can be between attention and the MLP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import final

from alta.nn.layout import Layout
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.arithmetic.formats import Format, Span
from alta_verify.arithmetic.interval import ZERO, Interval, hull
from alta_verify.encode.linear import Copy, Linear, Table
from alta_verify.encode.relation import Codes

__all__ = ["Coordinates"]


@final
@dataclass(frozen=True)
class Coordinates:
    """The coordinates of all names after attention.

    Attributes:
        layout: where the names live.
        codes: for each variable and head output, the intervals of its coordinates, by value.
        floors: for each name, a lower bound on the size of a computed coordinate that is not 0;
            None where there is none. Multiples of smaller numbers could underflow.
        start: the intervals before anything has drifted; None where nothing drifts.
        drift: for each name with coordinates that drift, what a layer may add to each.
        layers: how many layers a run has at most; of no consequence where nothing drifts.
    """

    layout: Layout
    codes: Mapping[str, Codes]
    floors: Mapping[str, Fraction | None]
    start: Mapping[str, Codes] | None = None
    drift: Mapping[str, Sequence[Interval]] = field(default_factory=dict)
    layers: int = 0

    @cached_property
    def _places(self) -> Mapping[int, tuple[str, int]]:
        return {
            column: (name, index)
            for name in self.codes
            for index, column in enumerate(self.layout.columns[name])
        }

    @cached_property
    def tables(self) -> Mapping[int, Table]:
        """For each coordinate, its intervals by the value of its name."""
        return {
            column: {value: box[index] for value, box in self.codes[name].items()}
            for column, (name, index) in self._places.items()
        }

    @cached_property
    def hulls(self) -> Mapping[int, Interval]:
        """For each coordinate, an interval that holds it whatever the value of its name."""
        return {column: hull(table.values()) for column, table in self.tables.items()}

    def name(self, column: int) -> str:
        """Returns the variable or head output that a coordinate is of."""
        return self._places[column][0]

    def is_read(self, column: int) -> bool:
        """Says whether a coordinate is one of a head output."""
        return UNDEFINED_VALUE in self.codes[self.name(column)]

    def undrifted(self, column: int) -> Linear:
        """Returns a coordinate as it is before anything has drifted."""
        name, index = self._places[column]
        start = self.codes if self.start is None else self.start
        return Linear(tables={name: {value: box[index] for value, box in start[name].items()}})

    def drift_of(self, column: int) -> Interval:
        """Returns what a layer may add to a coordinate by drifting."""
        name, index = self._places[column]
        return self.drift[name][index] if name in self.drift else ZERO

    def drift_beyond(self, column: int, least: Fraction, greatest: Fraction) -> Interval:
        """Returns by how much a multiple of what has drifted may be outside of the drift."""
        # Drift e in t D, multiplied by σ in [σ₀, σ₁], lies in the hull of t D, σ₀ t D and σ₁ t D,
        # of which t D is allowed for anyway (theorem: The reset is exactly 0).
        drift = self.drift_of(column)
        reach = hull([drift, drift.scaled(least), drift.scaled(greatest)])
        beyond = Interval(reach.lo - drift.lo, reach.hi - drift.hi)
        return beyond.scaled(Fraction(max(0, self.layers - 1)))

    def free_span(self, column: int) -> Span:
        """Returns the size of a coordinate, with no grid."""
        return Span(None, self.hulls[column].magnitude)

    def span(self, column: int) -> Span:
        """Returns grid and size of a coordinate, with no grid unless it has known numbers only."""
        # Lemma 9 makes sums of independent numbers exact by the grid of the ends of their
        # intervals; x - x is no such sum, and x between the ends has no grid.
        intervals = self.tables[column].values()
        if all(interval.is_point for interval in intervals):
            return Span.of(intervals)
        return self.free_span(column)

    def is_normal(self, copies: Mapping[Copy, Fraction], weight: Fraction, format_: Format) -> bool:
        """Says whether multiples of coordinates neither underflow nor overflow."""
        # Between floor and hull every product is 0 or a normal number; by a power of two it is
        # exact.
        for (column, _), factor in copies.items():
            floor, multiple = self.floors[self.name(column)], abs(factor * weight)
            if floor is None or multiple * floor < format_.tiny:
                return False
            if multiple * self.hulls[column].magnitude > format_.huge:
                return False
        return True
