"""The MLP: every coordinate after it, as a function of one position's state before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import final

from alta.nn.layout import Layout
from alta.nn.weights import MLPWeights
from alta_verify.encode.formats import (
    Format,
    Span,
    is_power_of_two,
    storing_slack,
    sum_slack,
    total,
)
from alta_verify.encode.linear import Clipped, Copy, Linear, Part, Table, Units
from alta_verify.encode.matrices import Matrix, vector
from alta_verify.encode.relation import Codes
from alta_verify.interval import ONE, ZERO, Interval, hull, point

__all__ = ["MLPEncoding", "Output"]

_UNIT_RANGE = Interval(Fraction(0), Fraction(1))
_SIGNED_RANGE = Interval(Fraction(-1), Fraction(1))

_CANCELLING = (
    (1, {Part.WHOLE: Fraction(-1)}),
    (2, {Part.POSITIVE: Fraction(-1), Part.NEGATIVE: Fraction(1)}),
)
"""Numbers of copies, and their parts with their factors, that take x away from x."""


@final
@dataclass(frozen=True)
class Output:
    """Is one coordinate after the MLP: ``kept * x + rest``.

    Attributes:
        kept: the multiple of the coordinate itself that is left, exactly.
        rest: all the other terms, and what cancelling the coordinate may leave in rounding.
        parts: terms such that the computed number is 0 wherever `kept` and all of them are 0.
        touched: whether any neuron or bias writes to the coordinate.
    """

    kept: Fraction
    rest: Linear
    parts: tuple[Linear, ...]
    touched: bool

    def after(self, before: Linear) -> Linear:
        """Returns the coordinate after the MLP as a sum, given what it is before."""
        if not self.kept:
            return self.rest
        if self.kept != 1 or not self.rest.is_zero:
            raise ValueError(f"expected a coordinate that is kept or written, got {self!r}")
        return before


@final
class MLPEncoding:
    """Reads a feed-forward block of any weights as sums over local states."""

    def __init__(
        self,
        weights: MLPWeights,
        layout: Layout,
        codes: Mapping[str, Codes],
        format_: Format,
        *,
        floors: Mapping[str, Fraction | None],
    ) -> None:
        """Takes the weights and what the coordinates of every name can be.

        Args:
            weights: the four matrices and their biases.
            layout: where the names live.
            codes: for each variable and head output, the intervals of its coordinates, by value.
            format_: the arithmetic.
            floors: for each name, a lower bound on the size of a computed coordinate that is not
                0; None where there is none. Multiples of smaller numbers could underflow.
        """
        self._codes = codes
        self._floors = floors
        self._format = format_
        self._owner = {c: (name, i) for name in codes for i, c in enumerate(layout.columns[name])}
        self._expand_in = Matrix.of(weights.expand_in)
        self._expand_in_bias = vector(weights.expand_in_bias)
        self._expand_out = Matrix.of(weights.expand_out)
        self._expand_out_bias = vector(weights.expand_out_bias)
        self._lookup_in = Matrix.of(weights.lookup_in)
        self._lookup_in_bias = vector(weights.lookup_in_bias)
        self._lookup_out = Matrix.of(weights.lookup_out)
        self._lookup_out_bias = vector(weights.lookup_out_bias)
        self.hidden = cache(self._hidden)
        self.expanded = cache(self._expanded)
        self.neuron = cache(self._neuron)
        self.output = cache(self._output)
        # Units are shared by many sums, which ask for the same things again and again.
        self.span = cache(self._span)
        self.unit_span = cache(self._unit_span)
        self._coordinate_table = cache(self._read_coordinate)
        self._hulls: dict[int, tuple[Table, Interval]] = {}
        self._units: dict[Units, Units] = {}

    def _hidden(self, unit: int) -> Linear:
        """Returns a clipped unit of the expansion."""
        weights = self._expand_in.columns[unit]
        return self._clip(
            self._affine(weights, lambda c: Linear(copies=_whole(c)), self._expand_in_bias[unit])
        )

    def _expanded(self, unit: int) -> Linear:
        """Returns a unit of the expanded state."""
        weights = self._expand_out.columns[unit]
        return self._affine(weights, self.hidden, self._expand_out_bias[unit], storing=True)

    def _neuron(self, unit: int) -> Linear:
        """Returns a clipped neuron of the look-up."""
        weights = self._lookup_in.columns[unit]
        return self._clip(self._affine(weights, self.expanded, self._lookup_in_bias[unit]))

    def _output(self, column: int) -> Output:
        """Returns a coordinate of the residual stream after the MLP."""
        weights = self._lookup_out.columns[column]
        bias = self._lookup_out_bias[column]
        fired = [(weight, self.neuron(unit)) for unit, weight in weights.items()]
        fired = [(weight, neuron) for weight, neuron in fired if not neuron.is_zero]
        own = [
            (part, weight * factor)
            for weight, neuron in fired
            if len(neuron.copies) == 1 and not (neuron.tables or neuron.units)
            for (copied, part), factor in neuron.copies.items()
            if copied == column
        ]
        # x - x, or x - (x⁺ - x⁻) where one of the parts is 0: exact, whatever x is. More copies
        # could round on the way, so they are treated like any other number.
        if len(own) in {1, 2} and (len(own), dict(own)) in _CANCELLING:
            others = [(w, self._tabulated(n)) for w, n in fired if not _copies(n, column)]
            parts = [_scaled(n, w) for w, n in others] + [Linear(point(bias))] * bool(bias)
            # Anything else in the sum is rounded together with x, even where it is 0 in the end.
            beside = [self._loose_span(column)] * 2 if parts else []
            rest = self._sum(others, bias, beside=beside)
            return Output(Fraction(0), rest, tuple(parts), touched=True)
        terms = [(w, self._tabulated(n)) for w, n in fired]
        if not terms and not bias:
            return Output(Fraction(1), Linear(), (), touched=False)
        itself = self.coordinate(column)
        # Rounding to be stored is monotonic: it keeps the sum within any interval whose ends the
        # format has, and the relation has no others (`Proof.rounding`).
        rest = self._sum([(Fraction(1), itself), *terms], bias)
        return Output(Fraction(0), rest, (rest,), touched=True)

    def coordinate(self, column: int) -> Linear:
        """Returns a coordinate after attention."""
        return self._tabulated(Linear(copies=_whole(column)))

    def _affine(
        self,
        weights: Mapping[int, Fraction],
        inputs: Callable[[int], Linear],
        bias: Fraction,
        *,
        storing: bool = False,
    ) -> Linear:
        terms = [(weight, inputs(index)) for index, weight in weights.items()]
        terms = [(weight, one) for weight, one in terms if not one.is_zero]
        if len(terms) == 1 and not bias and is_power_of_two(terms[0][0]):
            # One product by a power of two is exact, whatever is multiplied, in the normal range.
            weight, one = terms[0]
            if one.copies and self._is_normal(one.copies, weight):
                return _scaled(one, weight)
        return self._sum([(w, self._tabulated(one)) for w, one in terms], bias, storing=storing)

    def _is_normal(self, copies: Mapping[Copy, Fraction], weight: Fraction) -> bool:
        """Says whether multiples of coordinates neither underflow nor overflow."""
        low, high = self._format.tiny, self._format.huge
        for (column, _), factor in copies.items():
            floor = self._floors[self._owner[column][0]]
            reach = hull(self._coordinate_table(column)[1].values())
            multiple = abs(factor * weight)
            if floor is None or multiple * floor < low or multiple * reach.magnitude > high:
                return False
        return True

    def _sum(
        self,
        terms: list[tuple[Fraction, Linear]],
        bias: Fraction,
        *,
        beside: Sequence[Span] = (),
        storing: bool = False,
    ) -> Linear:
        """Returns a sum without copies; `beside` are terms that cancel, except in rounding."""
        spans = [self.span(one).scaled(weight) for weight, one in terms]
        spans += [Span.of([point(bias)]), *beside]
        slack = sum_slack(spans, self._format)
        if storing:
            slack += storing_slack(total(spans), self._format)
        constant = point(bias).widened(slack)
        tables: dict[str, Table] = {}
        units: list[tuple[Fraction, Clipped]] = []
        for weight, one in terms:
            scaled = _scaled(one, weight)
            constant += scaled.constant
            units += scaled.units
            for name, table in scaled.tables.items():
                mine = tables.get(name)
                tables[name] = (
                    table
                    if mine is None
                    else {value: mine[value] + interval for value, interval in table.items()}
                )
        kept = {
            name: table
            for name, table in tables.items()
            if any(interval != ZERO for interval in table.values())
        }
        # Sums of the same units are known by it, so that they are looked at once.
        shared = tuple(units)
        return Linear(constant, kept, {}, self._units.setdefault(shared, shared))

    def _clip(self, one: Linear) -> Linear:
        """Returns min(1, max(0, ·)) of a sum, rounded to be stored."""
        reach = self._reach(one)
        if len(one.copies) == 1 and not (one.tables or one.units) and one.constant == ZERO:
            if reach.within(_UNIT_RANGE):
                return one
            ((column, part), factor) = next(iter(one.copies.items()))
            if part is Part.WHOLE and reach.within(_SIGNED_RANGE):
                side = Part.POSITIVE if factor > 0 else Part.NEGATIVE
                return Linear(copies={(column, side): abs(factor)})
        one = self._tabulated(one)
        if reach.hi <= 0:
            return Linear()
        if reach.lo >= 1:
            return Linear(constant=ONE)
        if len(one.tables) == 1 and not one.units:
            ((name, table),) = one.tables.items()
            clipped = {v: (interval + one.constant).clipped() for v, interval in table.items()}
            slack = storing_slack(Span.of(clipped.values()), self._format)
            return Linear(tables={name: {v: i.widened(slack) for v, i in clipped.items()}})
        span = self.span(one)
        limited = Span(span.quantum, min(span.magnitude, Fraction(1)))
        slack = storing_slack(limited, self._format)
        unit = Clipped(Linear(one.constant.widened(slack), one.tables, one.copies, one.units))
        return Linear(units=((Fraction(1), unit),))

    def _tabulated(self, one: Linear) -> Linear:
        """Returns a sum with its copies as tables, which forget that x - x is 0."""
        if not one.copies:
            return one
        tables = {name: dict(table) for name, table in one.tables.items()}
        for (column, part), factor in one.copies.items():
            name, table = self._coordinate_table(column)
            mine = tables.setdefault(name, dict.fromkeys(table, ZERO))
            for value, interval in table.items():
                mine[value] += part.of(interval).scaled(factor)
        return Linear(one.constant, tables, {}, one.units)

    def _loose_span(self, column: int) -> Span:
        """Returns grid and size of a coordinate, with no grid unless it has known numbers only.

        Ends of intervals on a grid make sums of independent numbers exact, but not x - x.
        """
        intervals = list(self._coordinate_table(column)[1].values())
        span = Span.of(intervals)
        return span if all(one.is_point for one in intervals) else Span(None, span.magnitude)

    def _read_coordinate(self, column: int) -> tuple[str, Table]:
        name, index = self._owner[column]
        return name, {value: codes[index] for value, codes in self._codes[name].items()}

    def _reach(self, one: Linear) -> Interval:
        """Returns an interval that holds a sum in every local state."""
        reach = one.constant
        for table in one.tables.values():
            reach += self._hull(table)
        for (column, part), factor in one.copies.items():
            reach += part.of(hull(self._coordinate_table(column)[1].values())).scaled(factor)
        for weight, _ in one.units:
            reach += _UNIT_RANGE.scaled(weight)
        return reach

    def _hull(self, table: Table) -> Interval:
        if id(table) not in self._hulls:
            # The table is kept beside its hull, so that its identity is not used again.
            self._hulls[id(table)] = table, hull(table.values())
        return self._hulls[id(table)][1]

    def _span(self, one: Linear) -> Span:
        """Returns grid and size of a sum without copies, over all local states."""
        spans = [Span.of(table.values()) for table in one.tables.values()]
        spans.append(Span.of([one.constant]))
        spans += [self.unit_span(unit).scaled(weight) for weight, unit in one.units]
        return total(spans)

    def _unit_span(self, unit: Clipped) -> Span:
        if unit.switching:
            return Span(Fraction(1), Fraction(1))
        # min and max with 0 and 1 stay on a grid that holds them.
        inner = total([self.span(unit.argument), Span.of([ONE])])
        return Span(inner.quantum, Fraction(1))


def _whole(column: int) -> dict[Copy, Fraction]:
    return {(column, Part.WHOLE): Fraction(1)}


def _copies(one: Linear, column: int) -> bool:
    return any(copied == column for copied, _ in one.copies)


def _scaled(one: Linear, factor: Fraction) -> Linear:
    if factor == 1:
        return one
    return Linear(
        one.constant.scaled(factor),
        {
            name: {value: interval.scaled(factor) for value, interval in table.items()}
            for name, table in one.tables.items()
        },
        {copy: weight * factor for copy, weight in one.copies.items()},
        tuple((weight * factor, unit) for weight, unit in one.units),
    )
