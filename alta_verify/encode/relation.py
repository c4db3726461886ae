"""The relation between symbolic states and residual streams that every layer has to keep.

A residual stream is related to a state when every coordinate of every variable lies in the
interval that the relation has for the variable's value, and every coordinate of a head output in
what heads may leave behind. For a model as our compiler makes it all intervals are single numbers,
the codes, and heads leave nothing behind, so that the relation says: equal, bit for bit. Other
weights may keep codes nearly, or let them drift a little with every layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, final

from alta.lang.kinds import Numerical, SetVariable, Variable
from alta.limit import checkpoint
from alta.nn.decoding import Halt
from alta.nn.layout import Layout
from alta.nn.rounding import nearest
from alta_verify.abstraction import Abstraction
from alta_verify.arithmetic.formats import Format, Span
from alta_verify.arithmetic.interval import ONE, ZERO, Interval, hull, point
from alta_verify.arithmetic.means import Selection, selections

__all__ = ["Codes", "Relation", "code", "decodes", "passes", "widened"]

Codes = Mapping[int, tuple[Interval, ...]]
"""For each value of a name, by index, the intervals of its own coordinates."""

_HALF: Final = Fraction(1, 2)


@final
@dataclass(frozen=True)
class Relation:
    """The residual streams that stand for a state at a layer boundary.

    After t layers a coordinate is where it may be at the start, with t times its drift added.

    Attributes:
        abstraction: the program, whose states.
        layout: whose residual streams.
        format_: the arithmetic, which has the codes of numbers.
        start: for each variable, the intervals before the first layer of all its values that occur.
        residue: for each head output with coordinates that need not be 0, the intervals of all of
            its coordinates.
        drift: for each name with coordinates that drift, the intervals of what a layer may add to
            each of its coordinates; they contain 0.
        layers: how many layers a run has at most; of no consequence where nothing drifts.
    """

    abstraction: Abstraction
    layout: Layout
    format_: Format
    start: Mapping[str, Codes]
    residue: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    drift: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    layers: int = 0

    @cached_property
    def codes(self) -> Mapping[str, Codes]:
        """For each variable, its values' intervals before every layer."""
        return {name: self.drifted(name, codes) for name, codes in self.start.items()}

    @cached_property
    def last(self) -> Mapping[str, Codes]:
        """For each variable, its values' intervals at every layer boundary, the last included."""
        return {
            name: widened(codes, self.layers, self.drift_of(name))
            for name, codes in self.start.items()
        }

    def drifted(self, name: str, codes: Codes) -> Codes:
        """Returns intervals of a name's coordinates with what all layers before one may add."""
        # Before the last layer, T_max - 1 layers have added their drift; after it, T_max (`last`).
        return widened(codes, self.layers - 1, self.drift_of(name))

    def drift_of(self, name: str) -> tuple[Interval, ...]:
        """Returns what a layer may add to each coordinate of a name."""
        return self.drift.get(name, (ZERO,) * len(self.layout.columns[name]))

    def residue_of(self, name: str) -> tuple[Interval, ...]:
        """Returns what a head may leave behind in its coordinates, drift apart."""
        return self.residue.get(name, (ZERO,) * len(self.layout.columns[name]))

    def amounts(self, head: str) -> tuple[Fraction, ...]:
        """Returns the numbers that a head may average, in the order of their values."""
        amounts = self.abstraction.amounts(head)
        variable = self.abstraction.concrete.heads[head].value
        return tuple(amounts[value] for value in self.start[variable])

    def rounded_amounts(self, head: str) -> tuple[Fraction, ...]:
        """Returns the same numbers as the format has them."""
        return tuple(_number(float(amount), self.format_).lo for amount in self.amounts(head))

    def selections(self, head: str, count: int) -> frozenset[Selection]:
        """Returns the sums of up to `count` numbers that a head may average, with their number."""
        return selections(frozenset(self.amounts(head)), count)

    @cached_property
    def remains(self) -> Mapping[int, Interval]:
        """What may be left of head outputs before any layer, by coordinate, if it is not 0."""
        return {
            # As in `drifted`: the last layer reads what all layers before it have added.
            column: left + drift.scaled(Fraction(max(0, self.layers - 1)))
            for name, intervals in self.residue.items()
            for column, left, drift in zip(
                self.layout.columns[name], intervals, self.drift_of(name), strict=True
            )
            if (left, drift) != (ZERO, ZERO)
        }

    @cached_property
    def _intervals(self) -> Mapping[int, list[Interval]]:
        """For each coordinate of a variable, its intervals before every layer."""
        return {
            column: [box[index] for box in codes.values()]
            for name, codes in self.codes.items()
            for index, column in enumerate(self.layout.columns[name])
        }

    @cached_property
    def hulls(self) -> Mapping[int, Interval]:
        """Where coordinates can be before any layer, but for head outputs that are 0."""
        hulls = {column: hull(intervals) for column, intervals in self._intervals.items()}
        return {**hulls, **self.remains}

    @cached_property
    def spans(self) -> Mapping[int, Span]:
        """Grid and size of the same coordinates; what is left of head outputs is on no grid."""
        spans = {column: Span.of(intervals) for column, intervals in self._intervals.items()}
        left = {column: Span(None, left.magnitude) for column, left in self.remains.items()}
        return {**spans, **left}

    @cached_property
    def _distances(self) -> list[Interval]:
        """How far coordinates of variables may be from their codes, at every layer boundary."""
        return [
            interval + exact.scaled(Fraction(-1))
            for name, codes in self.last.items()
            for index, box in codes.items()
            for interval, exact in zip(box, self.code(name, index), strict=True)
        ]

    def code(self, name: str, index: int) -> tuple[Interval, ...]:
        """Returns the code of a value of a variable, by index."""
        width = len(self.layout.columns[name])
        return code(self.abstraction, name, index, width, self.format_)

    @property
    def shown(self) -> str:
        """How far from the codes it allows coordinates to be, in words."""
        farthest = max(distance.magnitude for distance in self._distances)
        text = f"within {float(farthest):.3g} of the codes"
        if self.remains:
            left = max(interval.magnitude for interval in self.remains.values())
            text += f", heads leave up to {float(left):.3g}"
        if self.drift:
            text += f", for {self.layers} layers"
        return text

    @property
    def decodable(self) -> bool:
        """Whether coordinates say, at every layer boundary, what the values of variables are."""
        return all(
            self.decodes(name, index, intervals)
            for name, codes in self.last.items()
            for index, intervals in codes.items()
        )

    def decodes(self, name: str, index: int, intervals: tuple[Interval, ...]) -> bool:
        """Says whether every vector in the intervals decodes to a value of a variable, by index."""
        values = self.abstraction.values[name]
        variable = self.abstraction.concrete.variables[name]
        return decodes(variable, intervals, values[index], self.format_, values)

    @property
    def exact(self) -> bool:
        """Whether every variable has exactly its codes, and heads leave nothing behind."""
        return not self.remains and all(
            box == self.code(name, index)
            for name, codes in self.last.items()
            for index, box in codes.items()
        )


def widened(codes: Codes, layers: int, drift: tuple[Interval, ...]) -> Codes:
    """Returns intervals with what a number of layers may add."""
    if layers <= 0 or all(interval == ZERO for interval in drift):
        return codes
    added = [interval.scaled(Fraction(layers)) for interval in drift]
    return {
        value: tuple(interval + by for interval, by in zip(box, added, strict=True))
        for value, box in codes.items()
    }


def code(
    abstraction: Abstraction, name: str, index: int, width: int, format_: Format
) -> tuple[Interval, ...]:
    """Returns the code of a variable's value, by index, in so many coordinates.

    That is one-hot, multi-hot for a set, or the number of the format that is nearest to it; but
    one-hot of numbers, too, where there are several coordinates for them.
    """
    variable, value = abstraction.concrete.variables[name], abstraction.values[name][index]
    if isinstance(variable, Numerical) and width == 1:
        return (_number(value, format_),)
    members = value if isinstance(variable, SetVariable) else {index}
    return tuple(ONE if place in members else ZERO for place in range(width))


def _number(value: float, format_: Format) -> Interval:
    return point(Fraction(nearest(value, format_.name)))


def decodes(
    variable: Variable,
    intervals: tuple[Interval, ...],
    value: Any,
    format_: Format,
    numbers: Sequence[float],
) -> bool:
    """Says whether every vector in the intervals decodes to the value.

    Decoding takes a single coordinate of a number as it is, and the value has to be that number,
    rounded once to the format. Of other coordinates it takes those above 1/2, of which there has to
    be exactly one unless the variable is a set; if it is numerical they stand for its numbers.
    """
    checkpoint()
    if isinstance(variable, Numerical) and len(intervals) == 1:
        return intervals == (_number(value, format_),)
    high = [place for place, interval in enumerate(intervals) if interval.lo > _HALF]
    # Each coordinate has to be surely on its side.
    if len(high) + sum(interval.hi <= _HALF for interval in intervals) != len(intervals):
        return False
    if isinstance(variable, Numerical):
        # Two numbers that are the same in the format decode to the same.
        wanted = _number(value, format_)
        return len(high) == 1 and _number(numbers[high[0]], format_) == wanted
    return frozenset(high) == (value if isinstance(variable, SetVariable) else {value})


def passes(halt: Halt, intervals: tuple[Interval, ...]) -> bool | None:
    """Says whether every vector in the intervals passes a model's halt test, or none; else None."""
    pairs = list(zip(intervals, map(Fraction, halt.code), strict=True))
    if halt.exact:
        # A number passes only if it is exactly the one that is asked for.
        surely = all(interval == point(number) for interval, number in pairs)
        never = any(not point(number).within(interval) for interval, number in pairs)
    else:
        high = [number > _HALF for _, number in pairs]
        # Which coordinates are surely above 1/2, and which may be.
        sure = [interval.lo > _HALF for interval in intervals]
        maybe = [interval.hi > _HALF for interval in intervals]
        surely = sure == high == maybe
        # Some coordinate is surely on the other side of 1/2 than in the code.
        never = any(
            (low and not wanted) or (wanted and not top)
            for low, top, wanted in zip(sure, maybe, high, strict=True)
        )
    return True if surely else False if never else None
