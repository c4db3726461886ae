"""The MLP: every coordinate after it as a sum, from the weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import final

from alta_verify.check.numbers import (
    ONE,
    ZERO,
    Format,
    Interval,
    Span,
    is_power_of_two,
    point,
    storing_slack,
    sum_slack,
)
from alta_verify.check.sums import Copy, Sum, Table, Unit
from alta_verify.check.weights import Matrix, Model

__all__ = ["MLP"]

# The parts of x, with their factors, that leave exactly 0 of x when they are added to it.
_RESETS = ({0: Fraction(-1)}, {1: Fraction(-1), -1: Fraction(1)})

# The span of what is 0 or 1.
_BINARY = Span(Fraction(1), Fraction(1))


@final
class MLP:
    """Reads the weights of the MLP of a model."""

    def __init__(
        self,
        model: Model,
        codes: Mapping[str, Mapping[int, Sequence[Interval]]],
        floors: Mapping[str, Fraction | None],
        format_: Format,
    ) -> None:
        """Takes what coordinates can be after attention, by name and index, and their floors."""
        self._weights = model.mlp
        self._format = format_
        self._codes = codes
        self._floors = floors
        self._owner = {
            column: (name, place)
            for name, columns in model.columns.items()
            for place, column in enumerate(columns)
        }
        # Made once each: units are compared by identity, and only if all that read a clipped sum
        # read one object can it cancel in a sum of them.
        self.coordinate = cache(self._coordinate)
        self.hidden = cache(self._hidden)
        self.expanded = cache(self._expanded)
        self.neuron = cache(self._neuron)

    def after(self, column: int) -> Sum:
        """Returns a coordinate of a variable after the MLP."""
        terms, bias = self._added(column)
        if not terms and not bias:
            return self.coordinate(column)
        # The residual stream: x and what the neurons add are summed in one go, in any order.
        return self._total([(Fraction(1), self.coordinate(column)), *terms], bias)

    def is_reset(self, column: int) -> bool:
        """Says whether a coordinate of a head output is exactly 0 after the MLP."""
        terms, bias = self._added(column)
        if not terms and not bias:
            return self.coordinate(column).is_zero
        # The reset is exactly 0: of x - x, and of x - max(0, x) + max(0, -x), at most two summands
        # are not 0, and these cancel in any order. Powers of two round nothing.
        parts: dict[int, Fraction] = {}
        for weight, neuron in terms:
            copy = neuron.copy
            # A part that came twice would have to be summed first, and that sum may be rounded.
            if copy is None or copy.column != column or copy.part in parts:
                return False
            parts[copy.part] = copy.factor * weight
            if not is_power_of_two(weight):
                return False
        return not bias and parts in _RESETS

    def check_unread(self) -> None:
        """Bounds all units, those included on which no coordinate depends.

        Raises:
            Refused: when a number may overflow.
        """
        # A weight of 0 takes no infinity away: 0 times it is no number, nor is anything after it.
        weights = self._weights
        for unit, matrix in (
            (self.hidden, weights.expand_in),
            (self.expanded, weights.expand_out),
            (self.neuron, weights.lookup_in),
        ):
            for index in range(matrix.shape[1]):
                unit(index)

    def _added(self, column: int) -> tuple[list[tuple[Fraction, Sum]], Fraction]:
        weights = self._weights
        return _terms(weights.lookup_out, weights.lookup_out_bias, column, self.neuron)

    def _coordinate(self, column: int) -> Sum:
        """Returns a coordinate after attention."""
        # Lemma 2: it lies in the box of the value of its variable or head, whichever that is.
        name, place = self._owner[column]
        table = {index: code[place] for index, code in self._codes[name].items()}
        span = Span.of(table.values())
        if all(interval == ZERO for interval in table.values()):
            return Sum()
        return Sum(tables={name: table}, span=span, copy=Copy(column, 0, Fraction(1)))

    def _hidden(self, unit: int) -> Sum:
        # The sum is clipped before it is stored, so that storing is allowed for in `_clip`.
        weights = self._weights
        terms, bias = _terms(weights.expand_in, weights.expand_in_bias, unit, self.coordinate)
        return self._clip(self._affine(terms, bias))

    def _expanded(self, unit: int) -> Sum:
        weights = self._weights
        terms, bias = _terms(weights.expand_out, weights.expand_out_bias, unit, self.hidden)
        return self._affine(terms, bias, storing=True)

    def _neuron(self, unit: int) -> Sum:
        weights = self._weights
        terms, bias = _terms(weights.lookup_in, weights.lookup_in_bias, unit, self.expanded)
        return self._clip(self._affine(terms, bias))

    def _affine(
        self, terms: Sequence[tuple[Fraction, Sum]], bias: Fraction, *, storing: bool = False
    ) -> Sum:
        if len(terms) == 1 and not bias:
            # A single product by a power of two is exact, unless it leaves the normal numbers.
            ((weight, summand),) = terms
            if summand.copy is not None and is_power_of_two(weight):
                copy = summand.copy._replace(factor=summand.copy.factor * weight)
                if self._is_normal(copy):
                    tables, span = _multiples(summand.tables, weight), summand.span.scaled(weight)
                    return Sum(summand.constant.times(weight), tables, span=span, copy=copy)
        return self._total(terms, bias, storing=storing)

    def _is_normal(self, copy: Copy) -> bool:
        floor = self._floors.get(self._owner[copy.column][0])
        if floor is None:
            return False
        # Multiplied by a power of two, x keeps its significand as long as it stays a normal number.
        largest = self.coordinate(copy.column).reach.size * abs(copy.factor)
        return abs(copy.factor) * floor >= self._format.tiny and largest <= self._format.huge

    def _total(
        self, terms: Sequence[tuple[Fraction, Sum]], bias: Fraction, *, storing: bool = False
    ) -> Sum:
        """Returns a sum of multiples, widened by what rounding may do."""
        # Lemma 3: an interval that depends on the local state and holds the real number and the
        # computed one. Clipped sums that occur several times are one unit, so that they can cancel.
        spans = [summand.span.scaled(weight) for weight, summand in terms]
        spans.append(Span.of([point(bias)]))
        slack = sum_slack(spans, self._format)
        if storing:
            slack += storing_slack(Span.total(spans), self._format)
        constant = point(bias).widened(slack)
        tables: dict[str, Table] = {}
        units: dict[Unit, Fraction] = {}
        for weight, summand in terms:
            constant = constant.plus(summand.constant.times(weight))
            for name, table in _multiples(summand.tables, weight).items():
                tables[name] = {
                    index: interval.plus(tables[name][index]) if name in tables else interval
                    for index, interval in table.items()
                }
            for unit, factor in summand.units.items():
                units[unit] = units.get(unit, Fraction(0)) + weight * factor
        # What was rounded lies on no grid that is known, so that sums of it are bounded by γ.
        span = Span.total(spans)
        return Sum(
            constant,
            {name: t for name, t in tables.items() if any(end != ZERO for end in t.values())},
            {unit: weight for unit, weight in units.items() if weight},
            Span(None, span.size + slack) if slack else span,
        )

    def _clip(self, total: Sum) -> Sum:
        """Returns min(1, max(0, x)) of a sum, as it is stored."""
        reach, copy = total.reach, total.copy
        # Where the clip never acts it is left out, and where it always acts it is a constant.
        if reach.hi <= 0:
            return Sum()
        if copy is not None:
            if reach.lo >= 0 and reach.hi <= 1:
                return total
            if copy.part == 0 and reach.lo >= -1 and reach.hi <= 1:
                # The clip of k x is max(0, k x): one of the two parts of x.
                part = Copy(copy.column, 1 if copy.factor > 0 else -1, abs(copy.factor))
                ((name, table),) = total.tables.items()
                clipped = {index: interval.clipped() for index, interval in table.items()}
                return Sum(tables={name: clipped}, span=total.span, copy=part)
        if reach.lo >= 1:
            return Sum(ONE, span=_BINARY)
        if len(total.tables) == 1 and not total.units:
            # Of one name: clip is monotonic, so that it takes ends to ends, value by value.
            ((name, table),) = total.tables.items()
            clipped = {i: total.constant.plus(entry).clipped() for i, entry in table.items()}
            slack = storing_slack(Span.of(clipped.values()), self._format)
            stored = {index: interval.widened(slack) for index, interval in clipped.items()}
            return Sum(tables={name: stored}, span=Span.of(stored.values()))
        # Clipping stays on a grid that has 0 and 1.
        span = Span(Span.total([total.span, _BINARY]).grid, Fraction(1))
        slack = storing_slack(span, self._format)
        inside = Sum(total.constant.widened(slack), total.tables, total.units, total.span)
        unit = Unit(inside, span)
        # A unit that is 0 or 1 has the grid of the whole numbers, whatever it was computed from.
        if unit.binary:
            unit = Unit(inside, _BINARY)
        return Sum(units={unit: Fraction(1)}, span=unit.span)


def _multiples(tables: Mapping[str, Table], weight: Fraction) -> dict[str, Table]:
    return {
        name: {index: interval.times(weight) for index, interval in table.items()}
        for name, table in tables.items()
    }


def _terms(
    matrix: Matrix, biases: Matrix, index: int, inputs: Callable[[int], Sum]
) -> tuple[list[tuple[Fraction, Sum]], Fraction]:
    """Returns the summands of a unit that are not always 0, with their weights, and its bias."""
    terms = [(weight, inputs(place)) for place, weight in matrix.columns[index].items()]
    bias = biases.rows[0].get(index, Fraction(0))
    return [(weight, summand) for weight, summand in terms if not summand.is_zero], bias
