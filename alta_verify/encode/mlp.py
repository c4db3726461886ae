"""The MLP: every coordinate after it, as a function of one position's state before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import final

from alta.limit import checkpoint
from alta.nn.layout import Layout
from alta.nn.weights import MLPWeights
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.arithmetic.formats import (
    Format,
    Span,
    is_power_of_two,
    storing_slack,
    sum_slack,
    total,
)
from alta_verify.arithmetic.interval import ONE, ZERO, Interval, hull, point
from alta_verify.arithmetic.matrices import RationalMatrix, vector
from alta_verify.encode.linear import ClippedUnit, Copy, Linear, Part, Table, Units
from alta_verify.encode.relation import Codes

__all__ = ["MLPEncoding", "Output"]

_UNIT_RANGE = Interval(Fraction(0), Fraction(1))
_SIGNED_RANGE = Interval(Fraction(-1), Fraction(1))

_MANY = 8
"""Sums of more copies of one coordinate are taken to be rounded."""

_NOISES = tuple(Fraction(1, 2**bits) for bits in (20, 18, 16, 13, 10, 8))
"""How far a unit may be from 0 and 1 to count as one that is 0 or 1, with noise; the most last."""


@final
@dataclass(frozen=True)
class Output:
    """One coordinate after the MLP: ``kept * x + rest``.

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

    @property
    def taken_away(self) -> bool:
        """Whether the coordinate itself is gone, exactly, whatever it was."""
        return not self.kept and self.rest not in self.parts

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
        start: Mapping[str, Codes] | None = None,
        drift: Mapping[str, Sequence[Interval]] | None = None,
        layers: int = 0,
    ) -> None:
        """Takes the weights and what the coordinates of every name can be.

        Args:
            weights: the four matrices and their biases.
            layout: where the names live.
            codes: for each variable and head output, the intervals of its coordinates, by value.
            format_: the arithmetic.
            floors: for each name, a lower bound on the size of a computed coordinate that is not
                0; None where there is none. Multiples of smaller numbers could underflow.
            start: the intervals before anything has drifted, in which a coordinate itself is
                taken to lie; None where nothing drifts.
            drift: for each name with coordinates that drift, what a layer may add to each.
            layers: how many layers a run has at most; of no consequence where nothing drifts.
        """
        self._codes = codes
        self._heads = {name for name, own in codes.items() if UNDEFINED_VALUE in own}
        self._start = codes if start is None else start
        self._drift = {} if drift is None else drift
        self._layers = layers
        self._floors = floors
        self._format = format_
        self._owner = {c: (name, i) for name in codes for i, c in enumerate(layout.columns[name])}
        self._expand_in = RationalMatrix.of(weights.expand_in)
        self._expand_in_bias = vector(weights.expand_in_bias)
        self._expand_out = RationalMatrix.of(weights.expand_out)
        self._expand_out_bias = vector(weights.expand_out_bias)
        self._lookup_in = RationalMatrix.of(weights.lookup_in)
        self._lookup_in_bias = vector(weights.lookup_in_bias)
        self._lookup_out = RationalMatrix.of(weights.lookup_out)
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
        checkpoint()
        weights = self._expand_in.columns[unit]
        return self._clip(
            self._affine(weights, lambda c: Linear(copies=_whole(c)), self._expand_in_bias[unit])
        )

    def _expanded(self, unit: int) -> Linear:
        """Returns a unit of the expanded state."""
        checkpoint()
        weights = self._expand_out.columns[unit]
        return self._affine(weights, self.hidden, self._expand_out_bias[unit], storing=True)

    def _neuron(self, unit: int) -> Linear:
        """Returns a clipped neuron of the look-up."""
        checkpoint()
        weights = self._lookup_in.columns[unit]
        return self._clip(self._affine(weights, self.expanded, self._lookup_in_bias[unit]))

    def _output(self, column: int) -> Output:
        """Returns a coordinate of the residual stream after the MLP."""
        checkpoint()
        weights = self._lookup_out.columns[column]
        bias = self._lookup_out_bias[column]
        fired = [(weight, self.neuron(unit)) for unit, weight in weights.items()]
        fired = [(weight, neuron) for weight, neuron in fired if not neuron.is_zero]
        own = [(w, n) for w, n in fired if n.copies and _copies_only(n, column)]
        others = [(w, self._tabulated(n)) for w, n in fired if not _copies(n, column)]
        if own and len(own) + len(others) == len(fired):
            if self._cancels(own):
                return self._taken_away(column, others, bias)
            return self._partly_taken_away(column, own, others, bias)
        terms = [(w, self._tabulated(n)) for w, n in fired]
        if not terms and not bias:
            return Output(Fraction(1), Linear(), (), touched=False)
        itself = self.coordinate(column)
        # Rounding to be stored is monotonic: it keeps the sum within any interval whose ends the
        # format has, and the relation has no others (`Proof.rounding`), unless it drifts.
        beside = [self._drifting_span(column)] if self._drifts(column) else []
        rest = self._sum(
            [(Fraction(1), itself), *terms], bias, beside=beside, storing=self._drifts(column)
        )
        return Output(Fraction(0), rest, (rest,), touched=True)

    def _taken_away(
        self, column: int, others: list[tuple[Fraction, Linear]], bias: Fraction
    ) -> Output:
        """Returns what is left where x - x is 0, exactly, whatever x is."""
        parts = [_scaled(n, w) for w, n in others] + [Linear(point(bias))] * bool(bias)
        # Anything else in the sum is rounded together with x, even where it is 0 in the end.
        beside = [self._loose_span(column)] * 2 if parts else []
        rest = self._sum(others, bias, beside=beside)
        return Output(Fraction(0), rest, tuple(parts), touched=True)

    def _partly_taken_away(
        self,
        column: int,
        own: list[tuple[Fraction, Linear]],
        others: list[tuple[Fraction, Linear]],
        bias: Fraction,
    ) -> Output:
        """Returns what is left where multiples of x, or of its parts, are added to it.

        That is a multiple of x where x is positive, and another one where it is negative.
        """
        total = dict.fromkeys(Part, Fraction(0))
        for weight, neuron in own:
            for (_, part), factor in neuron.copies.items():
                total[part] += weight * factor
        whole = 1 + total[Part.WHOLE]
        up, down = whole + total[Part.POSITIVE], whole - total[Part.NEGATIVE]
        name, index = self._owner[column]
        carried = self._drift_beyond(column, min(up, down), max(up, down))
        table = {
            value: _piecewise_scaled(row[index], up, down) + carried
            for value, row in self._start[name].items()
        }
        size = hull(row[index] for row in self._codes[name].values()).magnitude
        beside = [Span(None, size)]
        noise = ZERO
        for weight, neuron in own:
            noise += neuron.constant.scaled(weight)
            reach = sum(map(abs, neuron.copies.values()), Fraction(0)) * size
            beside.append(Span(None, (reach + neuron.constant.magnitude) * abs(weight)))
        itself = Linear(noise, {name: table})
        rest = self._sum([(Fraction(1), itself), *others], bias, beside=beside, storing=True)
        return Output(Fraction(0), rest, (rest,), touched=True)

    def _cancels(self, own: list[tuple[Fraction, Linear]]) -> bool:
        """Says whether copies of x take it away exactly, in any order.

        They do if every part of the sum is 0 or x times a power of two, plus or minus.
        """
        if len(own) > _MANY or any(n.constant != ZERO or len(n.copies) != 1 for _, n in own):
            return False
        products = [(w, *next(iter(n.copies.items()))) for w, n in own]
        for side, sign in ((Part.POSITIVE, 1), (Part.NEGATIVE, -1)):
            factors = [Fraction(1)]
            for weight, (_, part), factor in products:
                if part is Part.WHOLE or part is side:
                    factors.append(weight * factor * (1 if part is Part.WHOLE else sign))
            if sum(factors) or not all(_is_exact(one) for one in _partial_sums(factors)):
                return False
        return all(self._is_normal(neuron.copies, weight) for weight, neuron in own)

    def _drifts(self, column: int) -> bool:
        return self._drift_of(column) != ZERO

    def _drift_of(self, column: int) -> Interval:
        name, index = self._owner[column]
        return self._drift[name][index] if name in self._drift else ZERO

    def _drift_beyond(self, column: int, least: Fraction, most: Fraction) -> Interval:
        """Returns by how much multiples of what has drifted may be outside of it."""
        drift = self._drift_of(column)
        reach = hull([drift, drift.scaled(least), drift.scaled(most)])
        beyond = Interval(reach.lo - drift.lo, reach.hi - drift.hi)
        return beyond.scaled(Fraction(max(0, self._layers - 1)))

    def _drifting_span(self, column: int) -> Span:
        """Returns the size of a coordinate that drifts, with no grid."""
        reach = hull(self._coordinate_table(column)[1].values())
        return Span(None, reach.magnitude)

    def coordinate(self, column: int) -> Linear:
        """Returns a coordinate after attention, before anything has drifted."""
        name, index = self._owner[column]
        table = {value: codes[index] for value, codes in self._start[name].items()}
        return Linear(tables={name: table})

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
        if terms and not bias:
            copied = self._copied(terms, storing=storing)
            if copied is not None:
                return copied
        return self._sum([(w, self._tabulated(one)) for w, one in terms], bias, storing=storing)

    def _copied(self, terms: list[tuple[Fraction, Linear]], *, storing: bool) -> Linear | None:
        """Returns a sum of multiples of one coordinate as such a multiple, where that is of use."""
        columns = {column for _, one in terms for column, _ in one.copies}
        if len(columns) != 1 or not all(_copies_only(one, *columns) for _, one in terms):
            return None
        if len(terms) == 1 and is_power_of_two(terms[0][0]):
            # One product by a power of two is exact, whatever is multiplied, in the normal range.
            weight, one = terms[0]
            if self._is_normal(one.copies, weight):
                return _scaled(one, weight)
        (column,) = columns
        name, table = self._coordinate_table(column)
        size = hull(table.values()).magnitude
        copies: dict[Copy, Fraction] = {}
        constant, spans, factors = ZERO, [], []
        for weight, one in terms:
            constant += one.constant.scaled(weight)
            for copy, factor in one.copies.items():
                copies[copy] = copies.get(copy, Fraction(0)) + weight * factor
                factors.append(weight * factor)
            reach = sum(map(abs, one.copies.values()), Fraction(0)) * size
            spans.append(Span(None, (reach + one.constant.magnitude) * abs(weight)))
        alike = len(copies) == 1 and constant == ZERO and len(factors) <= _MANY
        if not (
            alike
            and all(_is_exact(one) for one in _partial_sums(factors))
            and all(self._is_normal(one.copies, weight) for weight, one in terms)
        ):
            # Codes of variables are known numbers, of which tables are more exact; and so they are
            # of what is going to be cut off.
            reach = size * sum(map(abs, copies.values()))
            if name not in self._heads or (reach > 1 and not storing):
                return None
            slack = sum_slack(spans, self._format)
            if storing:
                slack += storing_slack(total(spans), self._format)
            constant = constant.widened(slack)
        return Linear(constant, copies={copy: one for copy, one in copies.items() if one})

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
        units: list[tuple[Fraction, ClippedUnit]] = []
        for weight, one in terms:
            checkpoint()
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
        # A copy of a part of x that x never has is 0 as well.
        if reach.hi <= 0:
            return Linear()
        if len(one.copies) == 1 and not (one.tables or one.units):
            copied = self._clipped_copy(one)
            if copied is not None:
                return copied
        one = self._tabulated(one)
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
        unit = ClippedUnit(Linear(one.constant.widened(slack), one.tables, one.copies, one.units))
        if not unit.switching and _sharpened(unit, _NOISES[-1]).switching:
            for noise in _NOISES:
                sharper = _sharpened(unit, noise)
                if sharper.switching:
                    return Linear(Interval(-noise, noise), units=((Fraction(1), sharper),))
        return Linear(units=((Fraction(1), unit),))

    def _clipped_copy(self, one: Linear) -> Linear | None:
        """Returns min(1, max(0, ·)) of a multiple of a coordinate on which the clip does not act.

        What is added to the multiple, if anything, adds no more to the clipped number.
        """
        ((column, part), factor) = next(iter(one.copies.items()))
        reach = self._reach(Linear(copies=one.copies))
        noise = hull([one.constant, ZERO])
        if noise != ZERO:
            size = Span(None, reach.magnitude + noise.magnitude)
            noise = noise.widened(storing_slack(size, self._format))
        if reach.within(_UNIT_RANGE):
            return Linear(noise, copies=one.copies)
        if part is Part.WHOLE and reach.within(_SIGNED_RANGE):
            side = Part.POSITIVE if factor > 0 else Part.NEGATIVE
            return Linear(noise, copies={(column, side): abs(factor)})
        return None

    def _tabulated(self, one: Linear) -> Linear:
        """Returns a sum with its copies as tables, which forget that x - x is 0."""
        if not one.copies:
            return one
        checkpoint()
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
        checkpoint()
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
        checkpoint()
        spans = [Span.of(table.values()) for table in one.tables.values()]
        spans.append(Span.of([one.constant]))
        spans += [self.unit_span(unit).scaled(weight) for weight, unit in one.units]
        return total(spans)

    def _unit_span(self, unit: ClippedUnit) -> Span:
        if unit.switching:
            return Span(Fraction(1), Fraction(1))
        # min and max with 0 and 1 stay on a grid that holds them.
        inner = total([self.span(unit.argument), Span.of([ONE])])
        return Span(inner.quantum, Fraction(1))


def _whole(column: int) -> dict[Copy, Fraction]:
    return {(column, Part.WHOLE): Fraction(1)}


def _copies(one: Linear, column: int) -> bool:
    return any(copied == column for copied, _ in one.copies)


def _copies_only(one: Linear, column: int) -> bool:
    """Says whether a sum is a multiple of one coordinate or its parts, but for noise."""
    return all(copied == column for copied, _ in one.copies) and not (one.tables or one.units)


def _partial_sums(factors: Sequence[Fraction]) -> set[Fraction]:
    """Returns the sums of some of the factors, for every choice of them."""
    sums = {Fraction(0)}
    for factor in factors:
        sums |= {one + factor for one in sums}
    return sums


def _is_exact(factor: Fraction) -> bool:
    """Says whether any number times a factor is exact, in the normal range."""
    return not factor or is_power_of_two(factor)


def _piecewise_scaled(one: Interval, up: Fraction, down: Fraction) -> Interval:
    """Returns an interval times one factor where it is positive, and another where not."""
    pieces = []
    if one.hi >= 0:
        pieces.append(Interval(max(one.lo, Fraction(0)), one.hi).scaled(up))
    if one.lo <= 0:
        pieces.append(Interval(one.lo, min(one.hi, Fraction(0))).scaled(down))
    return hull(pieces)


def _sharpened(unit: ClippedUnit, noise: Fraction) -> ClippedUnit:
    """Returns a unit that is 0 where another is at most `noise`, and 1 where it is near 1.

    They are never further apart than `noise`: in between, both are straight lines.
    """
    factor = 1 / (1 - 2 * noise)
    shifted = _scaled(unit.argument, factor)
    return ClippedUnit(replace(shifted, constant=shifted.constant + point(-noise * factor)))


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
