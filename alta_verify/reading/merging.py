"""Where branches meet: facets that hold on different inputs become one, and are compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Sequence as Listed
from enum import Enum
from fractions import Fraction
from itertools import product
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final, final

from alta.lang.diagrams import ABSENT
from alta.lang.domain import Deferred, NotFollowed
from alta.limit import checkpoint
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Graph, Literal
from alta_verify.reading.numbers import Numbers
from alta_verify.reading.sums import scalars_of
from alta_verify.reading.values import (
    VOID,
    Choice,
    Digits,
    Number,
    Scalars,
    Sequence,
    Symbolic,
)

__all__ = [
    "Merging",
    "checked_plain",
    "elements_of",
    "is_plain",
    "is_sequence",
    "kind_of",
    "rebuilt",
]

# What has no parts that depend on the input, and cannot change.
_PLAIN: Final = (
    bool,
    bytes,
    complex,
    Deferred,
    Enum,
    float,
    Fraction,
    frozenset,
    int,
    range,
    slice,
    str,
    type,
    type(None),
    type(ABSENT),
    type(VOID),
)
_CALLABLE: Final = (BuiltinFunctionType, FunctionType, MethodType, ModuleType)

# So many combinations of values may be looked at one by one.
_MOST_COMBINATIONS: Final = 100_000


def is_plain(value: object) -> bool:
    """Whether a value cannot change, and has no parts that depend on the input."""
    if isinstance(value, (*_PLAIN, *_CALLABLE)):
        return True
    if isinstance(value, tuple):
        return all(map(is_plain, value))
    parameters = getattr(type(value), "__dataclass_params__", None)
    return parameters is not None and bool(parameters.frozen)


@final
class Merging:
    """The forms of facets over one graph.

    Attributes:
        graph: where guards live.
        numbers: the arithmetic of whole numbers.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.numbers = Numbers(graph)

    # --- cases ------------------------------------------------------------------------------------

    def cases(self, facet: Any) -> Iterator[tuple[Literal, Any]]:
        """Yields the facets of one form that a facet is, each with where it is this one."""
        if isinstance(facet, Digits):
            facet = self.spelled(facet)
        if isinstance(facet, Choice):
            yield from facet.cases
        elif facet is not VOID:
            yield TRUE, facet

    def spelled(self, facet: Digits) -> Any:
        """Returns the text of a number for each length that it can have."""
        graph, digits = self.graph, facet.padded
        cases: list[tuple[Literal, Any]] = []
        # It begins where all digits before are 0, and this one is not; with the last at the latest.
        zero = TRUE
        for place, digit in enumerate(digits[:-1]):
            begins = graph.any_of(guard for value, guard in self.values(digit) if value != "0")
            cases.append((graph.and_(zero, begins), rebuilt(str, digits[place:])))
            zero = graph.and_(zero, graph.not_(begins))
        return self.merge([*cases, (zero, rebuilt(str, digits[-1:]))])

    def values(self, facet: Any) -> list[tuple[Any, Literal]]:
        """Returns the values of a facet one by one.

        Raises `NotFollowed` where they are too many to look at.
        """
        values: list[tuple[Any, Literal]] = []
        for guard, case in self.cases(facet):
            for value, holds in self._values(case):
                values.append((value, self.graph.and_(guard, holds)))
        scalars = scalars_of(self.graph, values) if len(values) > 1 else None
        return list(scalars.cases) if isinstance(scalars, Scalars) else values

    def _values(self, case: Any) -> Iterator[tuple[Any, Literal]]:
        match case:
            case Number():
                yield from self._values(self.numbers.written_out(case))
            case Scalars(cases=cases):
                yield from cases
            case Sequence(kind=kind, elements=elements):
                parts = [self.values(element) for element in elements]
                for values, guard in self.combinations(parts):
                    yield ("".join(values) if kind is str else values), guard
            case Symbolic():
                raise NotFollowed("an object that can change is used where its value is needed")
            case _:
                yield case, TRUE

    def combinations(
        self, parts: Listed[Listed[tuple[Any, Literal]]]
    ) -> Iterator[tuple[tuple[Any, ...], Literal]]:
        """Yields the combinations of the values of several facets, with where they are these."""
        count = 1
        for part in parts:
            count *= len(part)
        if count > _MOST_COMBINATIONS:
            raise NotFollowed(
                f"{count:,} combinations of values would have to be looked at one by one; compute "
                "with fewer, or smaller, values at a time"
            )
        for combination in product(*parts):
            guard = TRUE
            for _, holds in combination:
                guard = self.graph.and_(guard, holds)
                if guard == FALSE:
                    break
            else:
                yield tuple(value for value, _ in combination), guard

    # --- meeting ----------------------------------------------------------------------------------

    def choose(self, guard: Literal, first: Any, second: Any) -> Any:
        """Returns the facet that is the first where a guard holds, else the second."""
        if guard == TRUE or first is second:
            return first
        if guard == FALSE:
            return second
        return self.merge([(guard, first), (self.graph.not_(guard), second)])

    def merge(self, cases: Iterable[tuple[Literal, Any]]) -> Any:
        """Returns the facet that is each of several where its guard holds; guards are disjoint."""
        checkpoint()
        flat = [
            (self.graph.and_(guard, where), case)
            for guard, facet in cases
            if guard != FALSE
            for where, case in self.cases(facet)
        ]
        flat = [(guard, case) for guard, case in flat if guard != FALSE]
        if not flat:
            return VOID
        if all(case is flat[0][1] for _, case in flat):
            return flat[0][1]
        forms: dict[Any, list[tuple[Literal, Any]]] = {}
        texts = any(isinstance(case, Sequence) and case.kind is str for _, case in flat)
        sums = any(isinstance(case, Number) for _, case in flat)
        for guard, case in flat:
            for where, part in self._split(case) if texts else [(TRUE, case)]:
                form = _form_of(part, sums)
                forms.setdefault(form, []).append((self.graph.and_(guard, where), part))
        merged = [self._merged(form, members) for form, members in forms.items()]
        merged = [(guard, facet) for guard, facet in merged if guard != FALSE]
        return merged[0][1] if len(merged) == 1 else Choice(tuple(merged))

    # Splits values among which there are texts, so that texts of one length meet as such.
    def _split(self, case: Any) -> Iterator[tuple[Literal, Any]]:
        pairs = case.cases if isinstance(case, Scalars) else [(case, TRUE)]
        for value, guard in pairs:
            yield guard, Sequence(str, tuple(value)) if isinstance(value, str) else value

    def _merged(self, form: Any, members: list[tuple[Literal, Any]]) -> tuple[Literal, Any]:
        where = self.graph.any_of(guard for guard, _ in members)
        if len(members) == 1 or form[0] == "object":
            return where, members[0][1]
        if form[0] == "sums":
            numbers = [(guard, self.numbers.number(case)) for guard, case in members]
            return where, self.numbers.merged([(g, n) for g, n in numbers if n is not None])
        if form[0] == "values":
            return where, scalars_of(
                self.graph,
                [
                    (value, self.graph.and_(guard, holds))
                    for guard, case in members
                    for value, holds in self.values(case)
                ],
            )
        kind, length = form
        rows = [(guard, elements_of(case)) for guard, case in members]
        elements = tuple(
            self.merge([(guard, row[place]) for guard, row in rows]) for place in range(length)
        )
        return where, rebuilt(kind, elements)


def kind_of(facet: Any) -> type:
    """Returns `str` or `tuple`, whichever a sequence is."""
    return facet.kind if isinstance(facet, Sequence) else type(facet)


def rebuilt(kind: type, elements: Iterable[Any]) -> Any:
    """Returns the tuple or the text of some elements."""
    elements = tuple(elements)
    if any(isinstance(element, Symbolic) for element in elements):
        return Sequence(kind, elements)
    return "".join(elements) if kind is str else elements


def elements_of(facet: Any) -> tuple[Any, ...]:
    """Returns the elements of a tuple or a text."""
    return facet.elements if isinstance(facet, Sequence) else tuple(facet)


def is_sequence(facet: Any) -> bool:
    """Whether a facet is a tuple or a text."""
    return isinstance(facet, Sequence | tuple | str)


# Facets of one form become one where they meet; whole numbers do where one of them is a sum.
def _form_of(case: Any, sums: bool) -> Any:
    match case:
        case Sequence(kind=kind, elements=elements):
            return kind, len(elements)
        case tuple():
            return tuple, len(case)
        case Number():
            return ("sums",)
        case Scalars():
            return ("sums",) if sums and case.whole else ("values",)
        case Symbolic():
            return "object", id(case)
    return ("sums",) if sums and type(case) is int else ("values",)


def checked_plain(value: Any) -> Any:
    """Returns a value that cannot change, and refuses others."""
    if not is_plain(value):
        raise NotFollowed(f"it uses {value!r}, which may change")
    return value
