"""Whole numbers for all inputs at once, as wide as they are: linear forms that carry when divided.

A number of few values is a value summary. A larger one, such as the number that 50 digits stand
for, is a linear form c + Σ aᵢ·xᵢ over such summaries, which is exact and has no width that could
overflow. Division by m takes what m divides out of the sum and carries the remaining,

    (Σ m·aᵢ·xᵢ + r) // m = Σ aᵢ·xᵢ + r // m        (Σ m·aᵢ·xᵢ + r) % m = r % m,

so that digits in any base come out as the columns of an addition by hand, and a parity as a chain.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from functools import reduce
from math import gcd
from typing import Any, Final, final

from alta.lang.domain import NotFollowed
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Graph, Literal
from alta_verify.reading import sums
from alta_verify.reading.sums import Sums, ends_of, scalars_of
from alta_verify.reading.values import Number, Scalars

__all__ = ["Numbers"]

# Numbers of at most so many values are written out when branches meet, and others are taken apart
# by columns, if they have any.
_NARROW: Final = 64


@final
class Numbers:
    """The arithmetic of whole numbers in one graph.

    Attributes:
        hints: what makes guards that are good to have swept, where a proof is too long else.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.hints: list[Callable[[], Iterator[Literal]]] = []
        self._sums = Sums(graph)

    def number(self, facet: Any) -> Number | None:
        """Returns a whole number as a linear form; None of what is none."""
        match facet:
            case Number():
                return facet
            case bool() | int():
                return Number(int(facet), (), int(facet), int(facet))
            case Scalars(cases=cases) if all(isinstance(value, int) for value, _ in cases):
                if not facet.whole:
                    return self.number(scalars_of(self._graph, [(int(v), g) for v, g in cases]))
                values = [value for value, _ in cases]
                return Number(0, ((1, facet),), min(values), max(values))
        return None

    def simple(self, number: Number) -> Any:
        """Returns a number that is no sum as what it is."""
        if not number.terms or number.lower == number.upper:
            return number.lower if number.terms else number.constant
        if len(number.terms) == 1 and not number.constant and number.terms[0][0] == 1:
            return number.terms[0][1]
        return number

    def written_out(self, facet: Any) -> Any:
        """Returns a number value by value; whatever is no sum as it is."""
        if not isinstance(facet, Number):
            return facet
        return scalars_of(self._graph, self._sums.fold(facet).items())

    def is_small(self, number: Number, limit: int | None = None) -> bool:
        """Whether a number has few values, at most."""
        return number.upper - number.lower < (limit or _NARROW)

    # --- sums and products ------------------------------------------------------------------------

    def sum(self, first: Number, second: Number, factor: int = 1) -> Any:
        """Returns first + factor · second."""
        terms: dict[Any, tuple[int, Scalars]] = {}
        scaled = [(factor * coefficient, atom) for coefficient, atom in second.terms]
        for coefficient, atom in (*first.terms, *scaled):
            before = terms.get(atom.key, (0, atom))[0]
            terms[atom.key] = (before + coefficient, atom)
        ends = (factor * second.lower, factor * second.upper)
        constant = first.constant + factor * second.constant
        kept = tuple((coefficient, atom) for coefficient, atom in terms.values() if coefficient)
        lower, upper = ends_of(constant, kept)
        # Both bounds hold: the one of the form, and the one of what it was made of.
        lower, upper = max(lower, first.lower + min(ends)), min(upper, first.upper + max(ends))
        return self.simple(Number(constant, kept, lower, upper))

    def product(self, first: Number, second: Number) -> Any:
        """Returns the product: each term of the one with each of the other."""
        if len(first.terms) * len(second.terms) > sums.MOST_VALUES:
            raise NotFollowed("two numbers with too many digits are multiplied")
        result: Any = first.constant * second.constant
        parts = [(first.constant * b, y) for b, y in second.terms]
        parts += [(second.constant * a, x) for a, x in first.terms]
        for a, x in first.terms:
            for b, y in second.terms:
                atom = self.pointwise(operator.mul, x, y)
                if isinstance(atom, Scalars):
                    parts.append((a * b, atom))
                else:
                    result += a * b * atom
        for factor, atom in parts:
            result = self.sum(self.form(result), self.form(atom), factor)
        return result

    def pointwise(
        self, function: Callable[[Any, Any], Any], first: Scalars, second: Scalars
    ) -> Any:
        """Returns what a function makes of two numbers, for each pair of their values."""
        graph = self._graph
        if first.key == second.key:
            return scalars_of(graph, [(function(v, v), guard) for v, guard in first.cases])
        return scalars_of(
            graph,
            [(function(v, w), graph.and_(a, b)) for v, a in first.cases for w, b in second.cases],
        )

    def form(self, facet: Any) -> Number:
        """Returns a whole number as a linear form, and refuses what is none."""
        number = self.number(facet)
        if number is None:
            raise NotFollowed(f"a whole number was expected, not {facet!r}")
        return number

    # --- division ---------------------------------------------------------------------------------

    def quotient(self, number: Number, divisor: int) -> Any:
        """Returns number // divisor."""
        if divisor < 0:
            # a // -m = -a // m, rounding down both
            return self.quotient(self.form(self.sum(self.form(0), number, -1)), -divisor)
        whole = tuple((a // divisor, x) for a, x in number.terms if a % divisor == 0)
        remaining = [(a, x) for a, x in number.terms if a % divisor]
        constant, left = divmod(number.constant, divisor)
        low = Number(left, tuple(remaining), *ends_of(left, remaining))
        high = Number(constant, whole, *ends_of(constant, whole))
        result = self.sum(high, self.form(self._carry(low, divisor)))
        return self._within(result, number.lower // divisor, number.upper // divisor)

    # Here the divisor divides no term.
    def _carry(self, number: Number, divisor: int) -> Any:
        if not number.terms:
            return number.constant // divisor
        if self._sums.can_fold(number):
            totals = self._sums.fold(number)
            return scalars_of(self._graph, [(s // divisor, guard) for s, guard in totals.items()])
        # floor(n / m) = floor(floor(n / g) / (m / g)), if g divides m
        base, low, high = self._columns(number, divisor)
        carried = self.sum(high, self.form(self._carry(low, base)))
        return self.quotient(self.form(carried), divisor // base)

    def remainder(self, number: Number, divisor: int) -> Any:
        """Returns number % divisor."""
        size = abs(divisor)
        if size <= sums.MOST_VALUES:
            totals = self._sums.fold(number, size)
            if self.is_small(number) and self._sums.can_fold(number):
                self.hints.append(lambda: self._counted(number, size))
            # The remainder has the sign of the divisor, as Python has it.
            signed = [(s - size if divisor < 0 < s else s, guard) for s, guard in totals.items()]
            return scalars_of(self._graph, signed)
        result = self.sum(number, self.form(self.quotient(number, divisor)), -divisor)
        return self._within(result, min(0, divisor + 1), max(0, divisor - 1))

    # Whoever computed the same remainder may have counted instead: with both at hand for each
    # beginning of a sum, sweeping shows step by step that they are equal.
    def _counted(self, number: Number, size: int) -> Iterator[Literal]:
        for end in range(1, len(number.terms) + 1):
            terms = number.terms[:end]
            begun = Number(number.constant, terms, *ends_of(number.constant, terms))
            totals = self._sums.fold(begun)
            yield from self._sums.fold(begun, size).values()
            yield from self._graph.union((s % size, guard) for s, guard in totals.items()).values()

    def _within(self, facet: Any, lower: int, upper: int) -> Any:
        if not isinstance(facet, Number):
            return facet
        lower, upper = max(lower, facet.lower), min(upper, facet.upper)
        return Number(facet.constant, facet.terms, lower, upper)

    def _is_one_column(self, number: Number) -> bool:
        if not self._sums.can_fold(number):
            return False
        # A sum of numbers that all count once, or of a single one, has no second column.
        columns = len(number.terms) > 1 and any(abs(factor) > 1 for factor, _ in number.terms)
        return self.is_small(number) or not columns

    # Splits a sum in its lowest columns and a base times the others; the base divides a divisor.
    def _columns(self, number: Number, divisor: int = 0) -> tuple[int, Number, Number]:
        terms = sorted(number.terms, key=lambda term: abs(term[0]))
        for place in range(1, len(terms) + 1):
            base = reduce(gcd, (a for a, _ in terms[place:]), divisor)
            low = Number(0, tuple(terms[:place]), *ends_of(0, terms[:place]))
            if base > 1 and self._sums.can_fold(low):
                above = tuple((a // base, x) for a, x in terms[place:])
                constant, left = divmod(number.constant, base)
                low = Number(left, low.terms, low.lower + left, low.upper + left)
                return base, low, Number(constant, above, *ends_of(constant, above))
        raise NotFollowed(
            f"a number may have any of {number.upper - number.lower + 1:.3g} values, and is no sum "
            "of digits; compute with digits, one at a time"
        )

    # --- comparisons ------------------------------------------------------------------------------

    def is_zero(self, number: Number) -> Literal:
        """Returns where a number is 0."""
        if not number.lower <= 0 <= number.upper:
            return FALSE
        if not number.terms:
            return TRUE if number.constant == 0 else FALSE
        if self._is_one_column(number):
            return self._sums.fold(number).get(0, FALSE)
        # n = 0 exactly if its lowest column is a multiple of the base, and what is above with what
        # is carried is 0
        base, low, high = self._columns(number)
        ends = self._sums.fold(low, base).get(0, FALSE)
        above = self.form(self.sum(high, self.form(self._carry(low, base))))
        return self._graph.and_(ends, self.is_zero(above))

    def is_negative(self, number: Number) -> Literal:
        """Returns where a number is less than 0."""
        if number.lower >= 0:
            return FALSE
        if number.upper < 0:
            return TRUE
        if self._is_one_column(number):
            return self._graph.any_of(g for s, g in self._sums.fold(number).items() if s < 0)
        # n < 0 exactly if floor(n / g) < 0
        base, low, high = self._columns(number)
        return self.is_negative(self.form(self.sum(high, self.form(self._carry(low, base)))))

    # --- meeting of branches ----------------------------------------------------------------------

    def merged(self, cases: list[tuple[Literal, Number]]) -> Any:
        """Returns the number that is each of several on some inputs."""
        graph = self._graph
        if all(self.is_small(number) and self._sums.can_fold(number) for _, number in cases):
            return scalars_of(
                graph,
                [
                    (value, graph.and_(guard, holds))
                    for guard, number in cases
                    for value, holds in self._sums.fold(number).items()
                ],
            )
        # Terms with the same factor share a place, so that digits stay in their columns.
        places: dict[tuple[int, int], list[tuple[Literal, Scalars]]] = {}
        for guard, number in cases:
            seen: dict[int, int] = {}
            for factor, atom in number.terms:
                seen[factor] = seen.get(factor, -1) + 1
                places.setdefault((factor, seen[factor]), []).append((guard, atom))
        result = self._constants(cases)
        for (factor, _), members in places.items():
            shared: Any = members[0][1]
            if len(members) < len(cases) or any(a.key != shared.key for _, a in members):
                held = [
                    (value, graph.and_(guard, holds))
                    for guard, part in members
                    for value, holds in part.cases
                ]
                absent = graph.not_(graph.any_of(guard for guard, _ in members))
                shared = scalars_of(graph, [*held, (0, absent)])
            result = self.sum(self.form(result), self.form(shared), factor)
        ends = min(n.lower for _, n in cases), max(n.upper for _, n in cases)
        return self._within(result, *ends)

    def _constants(self, cases: list[tuple[Literal, Number]]) -> Any:
        base = cases[0][1].constant
        step = reduce(gcd, (number.constant - base for _, number in cases), 0)
        if not step:
            return base
        steps = [((number.constant - base) // step, guard) for guard, number in cases]
        atom = scalars_of(self._graph, steps)
        return self.sum(self.form(base), self.form(atom), step)
