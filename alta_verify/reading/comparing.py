"""Comparisons of facets: where they are equal, in order, or true."""

from __future__ import annotations

from typing import Any, final

from alta.lang.domain import NotFollowed
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Literal
from alta_verify.reading.merging import Merging, checked_plain, elements_of, is_sequence, kind_of
from alta_verify.reading.values import Iterator as Once
from alta_verify.reading.values import (
    List,
    Method,
    Number,
    Scalars,
    Sequence,
    Slice,
    Symbolic,
    Table,
)

__all__ = ["Comparing"]


@final
class Comparing:
    """The comparisons of facets in one graph."""

    def __init__(self, merging: Merging) -> None:
        self._merging = merging
        self._graph = merging.graph

    def equal(self, first: Any, second: Any) -> Literal:
        """Returns where two facets are equal, as `==` says."""
        graph = self._graph
        return graph.any_of(
            graph.all_of([a, b, self._equal(x, y)])
            for a, x in self._merging.cases(first)
            for b, y in self._merging.cases(second)
        )

    def _equal(self, first: Any, second: Any) -> Literal:
        graph, numbers = self._graph, self._merging.numbers
        if first is second and isinstance(first, Symbolic) and not isinstance(first, Scalars):
            return TRUE
        for x, y in ((first, second), (second, first)):
            if isinstance(x, List | Table | Once | Method | Slice):
                return self._equal_objects(x, y)
        if is_sequence(first) and is_sequence(second):
            if isinstance(first, Sequence) or isinstance(second, Sequence):
                return self._equal_parts(first, second)
        elif isinstance(first, Number) or isinstance(second, Number):
            a, b = numbers.number(first), numbers.number(second)
            if a is not None and b is not None:
                difference = numbers.number(numbers.sum(a, b, -1))
                return FALSE if difference is None else numbers.is_zero(difference)
        if isinstance(first, Sequence) or isinstance(second, Sequence):
            # Among several values there may be texts, or tuples, of that length.
            return graph.any_of(
                graph.all_of([a, b, self._equal(x, y)])
                for x, a in self._parts(first)
                for y, b in self._parts(second)
                if is_sequence(x) and is_sequence(y)
            )
        # Equal values have equal hashes: each value of the first meets at most those it equals.
        sides: dict[Any, tuple[list[Literal], list[Literal]]] = {}
        for side, facet in enumerate((first, second)):
            for value, guard in self._merging.values(facet):
                checked_plain(value)
                # NaN is in no dictionary, and equals nothing.
                if value == value:  # noqa: PLR0124
                    sides.setdefault(value, ([], []))[side].append(guard)
        return graph.any_of(graph.and_(graph.any_of(a), graph.any_of(b)) for a, b in sides.values())

    def _parts(self, facet: Any) -> list[tuple[Any, Literal]]:
        return [(facet, TRUE)] if isinstance(facet, Sequence) else self._merging.values(facet)

    def _equal_parts(self, first: Any, second: Any) -> Literal:
        kinds = {str if isinstance(x, str) or kind_of(x) is str else tuple for x in (first, second)}
        x, y = elements_of(first), elements_of(second)
        if len(kinds) > 1 or len(x) != len(y):
            return FALSE
        return self._graph.all_of(self.equal(a, b) for a, b in zip(x, y, strict=True))

    def _equal_objects(self, first: Any, second: Any) -> Literal:
        if isinstance(first, List) and isinstance(second, List):
            return self.equal(first.content, second.content)
        if isinstance(first, Table) and isinstance(second, Table):
            graph = self._graph
            if (first.kind is dict) is not (second.kind is dict):
                return FALSE
            equalities = []
            for key in {*first.entries, *second.entries}:
                (a, x), (b, y) = (t.entries.get(key, (FALSE, None)) for t in (first, second))
                equal = graph.or_(graph.not_(a), self.equal(x, y)) if a and b else TRUE
                equalities += [graph.not_(graph.xor(a, b)), equal]
            return graph.all_of(equalities)
        if isinstance(first, Table) and isinstance(second, frozenset):
            return self._equal_objects(first, Table(frozenset, dict.fromkeys(second, (TRUE, None))))
        if isinstance(first, List | Table):
            return FALSE
        raise NotFollowed("it compares iterators, methods or slices")

    def less(self, first: Any, second: Any) -> Literal:
        """Returns where a facet is less than another; where they have no order, a TypeError."""
        graph = self._graph
        return graph.any_of(
            graph.all_of([a, b, self._less(x, y)])
            for a, x in self._merging.cases(first)
            for b, y in self._merging.cases(second)
        )

    def _less(self, first: Any, second: Any) -> Literal:
        graph, numbers = self._graph, self._merging.numbers
        if isinstance(first, List) and isinstance(second, List):
            return self.less(first.content, second.content)
        if isinstance(first, Sequence) or isinstance(second, Sequence):
            if not (is_sequence(first) and is_sequence(second)):
                raise NotFollowed("it compares values that may be of different kinds by order")
            return self._less_parts(elements_of(first), elements_of(second))
        a, b = numbers.number(first), numbers.number(second)
        if a is not None and b is not None:
            difference = numbers.number(numbers.sum(a, b, -1))
            return FALSE if difference is None else numbers.is_negative(difference)
        try:
            return graph.any_of(
                guard
                for (x, y), guard in self._merging.combinations(
                    [self._merging.values(first), self._merging.values(second)]
                )
                if x < y
            )
        except TypeError as error:
            raise NotFollowed(f"it compares by order what has none: {error}") from None

    # Tuples and texts are in the order of dictionaries.
    def _less_parts(self, first: tuple[Any, ...], second: tuple[Any, ...]) -> Literal:
        graph = self._graph
        result = TRUE if len(first) < len(second) else FALSE
        for x, y in reversed(list(zip(first, second, strict=False))):
            result = graph.or_(self.less(x, y), graph.and_(self.equal(x, y), result))
        return result

    def truth(self, facet: Any) -> Literal:
        """Returns where a facet is true."""
        graph = self._graph
        return graph.any_of(
            graph.and_(a, self._truth(case)) for a, case in self._merging.cases(facet)
        )

    def _truth(self, case: Any) -> Literal:
        graph = self._graph
        match case:
            case Number():
                return graph.not_(self._merging.numbers.is_zero(case))
            case Scalars(cases=cases):
                return graph.any_of(guard for value, guard in cases if value)
            case Sequence(elements=elements):
                return TRUE if elements else FALSE
            case List(content=content):
                return self.truth(content)
            case Table(entries=entries):
                return graph.any_of(present for present, _ in entries.values())
            case Symbolic():
                return TRUE
        return TRUE if checked_plain(case) else FALSE
