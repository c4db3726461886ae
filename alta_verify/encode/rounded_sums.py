"""Rounded sums: a layer's weighted sums and clips as linear forms, with all that rounding adds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Final, final

from alta.limit import checkpoint
from alta_verify.arithmetic.formats import (
    Format,
    Span,
    is_power_of_two,
    storing_slack,
    sum_slack,
    total,
)
from alta_verify.arithmetic.interval import ONE, ZERO, Interval, hull, point
from alta_verify.encode.coordinates import Coordinates
from alta_verify.encode.linear import ClippedUnit, Copy, Linear, Part, Table, Units

__all__ = ["RoundedSums", "Terms", "exact_in_any_order"]

Terms = Sequence[tuple[Fraction, Linear]]
"""Linear forms with their weights."""

_UNIT_RANGE: Final = Interval(Fraction(0), Fraction(1))
_SIGNED_RANGE: Final = Interval(Fraction(-1), Fraction(1))
# Sums of more copies of one coordinate are taken to be rounded.
_MAX_COPIES: Final = 8
# How far a unit may be from 0 and 1 to count as one that is 0 or 1, with noise; the most last.
_NOISES: Final = tuple(Fraction(1, 2**bits) for bits in (20, 18, 16, 13, 10, 8))


@final
class RoundedSums:
    """The sums and clips of a layer, in the reals and in a format at once.

    Every linear form that it returns holds the real number and the one that is computed in the
    format, in any order of summation.
    """

    def __init__(self, coordinates: Coordinates, format_: Format) -> None:
        """Takes the numbers that are summed, and the arithmetic."""
        self._coordinates, self._format = coordinates, format_
        # Units are shared by many sums, which ask for the same things again and again.
        self.span = cache(self._span)
        self._unit_span = cache(self._span_of_unit)
        self._hulls: dict[int, tuple[Table, Interval]] = {}
        self._units: dict[Units, Units] = {}

    def affine(
        self,
        weights: Mapping[int, Fraction],
        inputs: Callable[[int], Linear],
        bias: Fraction,
        *,
        storing: bool = False,
    ) -> Linear:
        """Returns a weighted sum and a bias, as a multiple of one coordinate where that is of use.

        With `storing` the sum is rounded to the stored format as it is.
        """
        terms = [(weight, inputs(index)) for index, weight in weights.items()]
        terms = [(weight, linear) for weight, linear in terms if not linear.is_zero]
        if terms and not bias:
            copied = self.copied(terms, storing=storing)
            if copied is not None:
                return copied
        tabulated = [(weight, self.tabulated(linear)) for weight, linear in terms]
        return self.add(tabulated, bias, storing=storing)

    def add(
        self,
        terms: Terms,
        bias: Fraction,
        *,
        beside: Sequence[Span] = (),
        storing: bool = False,
    ) -> Linear:
        """Returns a weighted sum of sums without copies, and a bias.

        Terms beside them cancel in the reals, and are rounded together with all others; with
        `storing` the sum is rounded to the stored format.
        """
        # Lemmas 8 and 9: no rounding where all ends are on a grid; else γ_n Σ|terms|.
        spans = [self.span(linear).scaled(weight) for weight, linear in terms]
        spans += [Span.of([point(bias)]), *beside]
        constant = point(bias).widened(self._slack(spans, storing=storing))
        tables: dict[str, Table] = {}
        units: list[tuple[Fraction, ClippedUnit]] = []
        for weight, linear in terms:
            checkpoint()
            scaled = linear.scaled(weight)
            constant += scaled.constant
            units += scaled.units
            for name, table in scaled.tables.items():
                before = tables.get(name)
                tables[name] = (
                    table
                    if before is None
                    else {value: before[value] + interval for value, interval in table.items()}
                )
        tables = {
            name: table
            for name, table in tables.items()
            if any(interval != ZERO for interval in table.values())
        }
        # Sums of the same units are known by it, so that they are looked at once.
        shared = tuple(units)
        return Linear(constant, tables, {}, self._units.setdefault(shared, shared))

    def _slack(self, spans: Sequence[Span], *, storing: bool) -> Fraction:
        """Bounds the rounding of a sum, and of storing it."""
        slack = sum_slack(spans, self._format)
        return slack + storing_slack(total(spans), self._format) if storing else slack

    # --- multiples of one coordinate --------------------------------------------------------------

    def copied(self, terms: Terms, *, storing: bool) -> Linear | None:
        """Returns a sum of multiples of one coordinate as such a multiple, where that is of use."""
        columns = {column for _, linear in terms for column, _ in linear.copies}
        if len(columns) != 1:
            return None
        (column,) = columns
        if not all(linear.is_copy_of(column) for _, linear in terms):
            return None
        if len(terms) == 1 and is_power_of_two(terms[0][0]):
            # One product by a power of two is exact, whatever is multiplied, in the normal range.
            weight, linear = terms[0]
            if self._is_normal(linear, weight):
                return linear.scaled(weight)
        constant = sum((linear.constant.scaled(weight) for weight, linear in terms), ZERO)
        copies: dict[Copy, Fraction] = {}
        factors = []
        for weight, linear in terms:
            for copy, factor in linear.copies.items():
                copies[copy] = copies.get(copy, Fraction(0)) + weight * factor
                factors.append(weight * factor)
        # A multiple of x, or of one part of it, is exact if nothing is added to it and no partial
        # sum is rounded. If not, the rounding of the sum is added to the constant.
        if not (
            len(copies) == 1
            and constant == ZERO
            and len(factors) <= _MAX_COPIES
            and exact_in_any_order(factors)
            and all(self._is_normal(linear, weight) for weight, linear in terms)
        ):
            # Codes of variables are known numbers, of which tables are more exact; and so they are
            # of what is going to be cut off.
            reach = self._coordinates.hulls[column].magnitude * sum(map(abs, copies.values()))
            if not self._coordinates.is_read(column) or (reach > 1 and not storing):
                return None
            spans = [self.copied_span(column, linear, weight) for weight, linear in terms]
            constant = constant.widened(self._slack(spans, storing=storing))
        return Linear(constant, copies={copy: factor for copy, factor in copies.items() if factor})

    def copied_span(self, column: int, linear: Linear, weight: Fraction) -> Span:
        """Returns the size of a multiple of one coordinate and its parts, times a weight."""
        factors = sum(map(abs, linear.copies.values()), Fraction(0))
        reach = factors * self._coordinates.hulls[column].magnitude
        return Span(None, (reach + linear.constant.magnitude) * abs(weight))

    def cancels(self, terms: Terms) -> bool:
        """Says whether multiples of x, added to x, take it away exactly, in any order."""
        if len(terms) > _MAX_COPIES or any(
            n.constant != ZERO or len(n.copies) != 1 for _, n in terms
        ):
            return False
        # Of x = x⁺ - x⁻ one part is 0, so that each side is looked at on its own.
        for side, sign in ((Part.POSITIVE, 1), (Part.NEGATIVE, -1)):
            factors = [Fraction(1)]
            for weight, linear in terms:
                (((_, part), factor),) = linear.copies.items()
                if part in {Part.WHOLE, side}:
                    factors.append(weight * factor * (1 if part is Part.WHOLE else sign))
            if sum(factors) or not exact_in_any_order(factors):
                return False
        return all(self._is_normal(linear, weight) for weight, linear in terms)

    def _is_normal(self, linear: Linear, weight: Fraction) -> bool:
        return self._coordinates.is_normal(linear.copies, weight, self._format)

    def tabulated(self, linear: Linear) -> Linear:
        """Returns a sum with its copies as tables, which forget that x - x is 0."""
        if not linear.copies:
            return linear
        checkpoint()
        tables = {name: dict(table) for name, table in linear.tables.items()}
        for (column, part), factor in linear.copies.items():
            coordinate = self._coordinates.tables[column]
            name = self._coordinates.name(column)
            table = tables.setdefault(name, dict.fromkeys(coordinate, ZERO))
            for value, interval in coordinate.items():
                table[value] += part.of(interval).scaled(factor)
        return Linear(linear.constant, tables, {}, linear.units)

    # --- clips ------------------------------------------------------------------------------------

    def clip(self, linear: Linear) -> Linear:
        """Returns min(1, max(0, ·)) of a sum, rounded to be stored."""
        reach = self._reach(linear)
        # A copy of a part of x that x never has is 0 as well.
        if reach.hi <= 0:
            return Linear()
        if len(linear.copies) == 1 and not (linear.tables or linear.units):
            copied = self.clipped_copy(linear)
            if copied is not None:
                return copied
        linear = self.tabulated(linear)
        if reach.lo >= 1:
            return Linear(constant=ONE)
        # A function of one name is clipped value by value. That is exact, and leaves no unit to
        # draw a diagram of.
        if len(linear.tables) == 1 and not linear.units:
            ((name, table),) = linear.tables.items()
            clipped = {v: (interval + linear.constant).clipped() for v, interval in table.items()}
            slack = storing_slack(Span.of(clipped.values()), self._format)
            return Linear(tables={name: {v: i.widened(slack) for v, i in clipped.items()}})
        # Clips move no two numbers further apart, so that rounding may be added before the clip.
        span = self.span(linear)
        slack = storing_slack(Span(span.quantum, min(span.magnitude, Fraction(1))), self._format)
        constant = linear.constant.widened(slack)
        return _nearly_switching(ClippedUnit(Linear(constant, linear.tables, {}, linear.units)))

    def clipped_copy(self, linear: Linear) -> Linear | None:
        """Returns min(1, max(0, ·)) of a multiple of a coordinate on which the clip does not act.

        What is added to the multiple, if anything, adds no more to the clipped number.
        """
        (((column, part), factor),) = linear.copies.items()
        reach = self._reach(Linear(copies=linear.copies))
        noise = hull([linear.constant, ZERO])
        if noise != ZERO:
            size = Span(None, reach.magnitude + noise.magnitude)
            noise = noise.widened(storing_slack(size, self._format))
        if reach.within(_UNIT_RANGE):
            return Linear(noise, copies=linear.copies)
        if part is Part.WHOLE and reach.within(_SIGNED_RANGE):
            side = Part.POSITIVE if factor > 0 else Part.NEGATIVE
            return Linear(noise, copies={(column, side): abs(factor)})
        return None

    # --- what sums can be -------------------------------------------------------------------------

    def _reach(self, linear: Linear) -> Interval:
        """Returns an interval that holds a sum in every local state."""
        checkpoint()
        reach = linear.bounds(lambda _, table: self._hull(table), lambda _: _UNIT_RANGE)
        for (column, part), factor in linear.copies.items():
            reach += part.of(self._coordinates.hulls[column]).scaled(factor)
        return reach

    def _hull(self, table: Table) -> Interval:
        if id(table) not in self._hulls:
            # The table is kept beside its hull, so that its identity is not used again.
            self._hulls[id(table)] = table, hull(table.values())
        return self._hulls[id(table)][1]

    def _span(self, linear: Linear) -> Span:
        """Returns grid and size of a sum without copies, over all local states."""
        checkpoint()
        spans = [Span.of(table.values()) for table in linear.tables.values()]
        spans.append(Span.of([linear.constant]))
        spans += [self._unit_span(unit).scaled(weight) for weight, unit in linear.units]
        return total(spans)

    def _span_of_unit(self, unit: ClippedUnit) -> Span:
        if unit.switching:
            return Span(Fraction(1), Fraction(1))
        # min and max with 0 and 1 stay on a grid that holds them.
        inner = total([self.span(unit.argument), Span.of([ONE])])
        return Span(inner.quantum, Fraction(1))


def exact_in_any_order(factors: Sequence[Fraction]) -> bool:
    """Says whether multiples of a number are summed without rounding, in the normal range."""
    # No partial sum is rounded if each, for every choice of terms, is 0 or the number times a
    # power of two, plus or minus (theorem: The reset is exactly 0).
    sums = {Fraction(0)}
    for factor in factors:
        sums |= {partial + factor for partial in sums}
    return all(not partial or is_power_of_two(partial) for partial in sums)


def _nearly_switching(unit: ClippedUnit) -> Linear:
    """Returns a unit, in place of which one that is 0 or 1 stands with noise, if there is one."""
    # There is a sharper unit for ε if z never lies strictly between ε and 1 - ε. So if the largest
    # ε does not do, no smaller one does.
    if not unit.switching and _sharpened(unit, _NOISES[-1]).switching:
        for noise in _NOISES:
            sharper = _sharpened(unit, noise)
            if sharper.switching:
                return Linear(Interval(-noise, noise), units=((Fraction(1), sharper),))
    return Linear(units=((Fraction(1), unit),))


def _sharpened(unit: ClippedUnit, noise: Fraction) -> ClippedUnit:
    """Returns a unit that is 0 where another is at most `noise`, and 1 where it is near 1."""
    # clip(z) and clip((z - ε)/(1 - 2ε)) go from 0 to 1 in straight lines, and are never further
    # than ε apart (theorem: Units that are 0 or 1).
    factor = 1 / (1 - 2 * noise)
    scaled = unit.argument.scaled(factor)
    return ClippedUnit(replace(scaled, constant=scaled.constant + point(-noise * factor)))
