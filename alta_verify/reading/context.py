"""The context of a reading: facets on all inputs of one length, in one graph, and what is wrong.

An error that a function would raise is a *fault*: it is noted where it happens, and has to be shown
to happen on no input. What is computed on inputs with a fault means nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from alta.lang.diagrams import ABSENT
from alta.lang.domain import Deferred, Domain, Facet, Guard, NotFollowed
from alta.limit import OutOfTime, checkpoint
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Graph, Literal
from alta_verify.reading.comparing import Comparing
from alta_verify.reading.merging import Merging, is_plain, rebuilt
from alta_verify.reading.values import VOID, Choice, List, Scalars, Symbolic, Table
from alta_verify.reading.values import Iterator as Once

__all__ = ["Context"]


def _is_void(value: Any) -> bool:
    return value is VOID or (isinstance(value, tuple) and any(map(_is_void, value)))


class Context(Domain):
    """What is common to all operations on facets.

    Attributes:
        graph: where guards live.
        merging: the forms of facets.
        comparing: where facets are equal, in order, or true.
        faults: where an error is raised, and which.
    """

    true = TRUE
    false = FALSE

    def __init__(self, graph: Graph, possible: Callable[[Literal], bool]) -> None:
        """Takes how to ask whether an input is left in a guard, for loops that it ends."""
        self.graph = graph
        self.merging = Merging(graph)
        self.comparing = Comparing(self.merging)
        self.faults: list[tuple[Literal, str]] = []
        self._possible = possible
        # What is from outside stays one object, however often it is looked at.
        self._outside: dict[int, tuple[Any, Symbolic]] = {}
        self._changes = 0

    def intersection(self, first: Guard, second: Guard) -> Guard:
        """Returns the inputs in two guards."""
        return self.graph.and_(first, second)

    def union_of(self, guards: Sequence[Guard]) -> Guard:
        """Returns the inputs in any of some guards."""
        return self.graph.any_of(guards)

    def without(self, guard: Guard, part: Guard) -> Guard:
        """Returns a guard without a part of it."""
        return self.graph.and_(guard, self.graph.not_(part))

    def possible(self, guard: Guard) -> bool:
        """Asks whether an input without a fault is in a guard."""
        faults = self.graph.any_of(guard for guard, _ in self.faults)
        return self._possible(self.without(guard, faults))

    def leaf(self, value: Any) -> Facet:
        """Returns what stands for a value from outside; what could change there is not to be."""
        if isinstance(value, Symbolic) or not isinstance(value, tuple | list | dict | set):
            return value
        if isinstance(value, tuple):
            return rebuilt(tuple, map(self.leaf, value)) if type(value) is tuple else value
        if id(value) not in self._outside:
            facet: Symbolic
            if isinstance(value, list):
                facet = List(rebuilt(tuple, map(self.leaf, value)), lasting=True)
            elif isinstance(value, dict):
                entries = {key: (TRUE, self.leaf(part)) for key, part in value.items()}
                facet = Table(dict, entries, lasting=True)
            else:
                facet = Table(set, dict.fromkeys(value, (TRUE, None)), lasting=True)
            # The object is kept, so that no other one gets its identity.
            self._outside[id(value)] = value, facet
        return self._outside[id(value)][1]

    def definite(self, facet: Facet) -> tuple[Any] | None:
        """Returns a value that is the same on all inputs."""
        return None if isinstance(facet, Symbolic) else (facet,)

    def choose(self, guard: Guard, first: Facet, second: Facet) -> Facet:
        """Returns the facet that is the first where a guard holds, else the second."""
        return self.merging.choose(guard, first, second)

    def bound(self, guard: Guard, name: str, facet: Facet) -> Facet:
        """Returns the facet of a name; where it is not bound, there is a fault."""
        if isinstance(facet, Once) and facet.computed:
            raise NotFollowed(f"{name!r} is an iterator; make a list of it where it is made")
        if facet is ABSENT:
            self.fault(guard, f"UnboundLocalError: {name!r} is not bound")
            return VOID
        if isinstance(facet, Scalars | Choice):
            cases = [
                (self.graph.and_(outer, holds), value)
                for outer, case in self.merging.cases(facet)
                for value, holds in (case.cases if isinstance(case, Scalars) else [(case, TRUE)])
                if value is ABSENT
            ]
            if cases:
                absent = self.graph.any_of(where for where, _ in cases)
                self.fault(self.graph.and_(guard, absent), f"UnboundLocalError: {name!r}")
                return self._without_absent(facet)
        return facet

    def _without_absent(self, facet: Facet) -> Facet:
        cases: list[tuple[Literal, Any]] = []
        for where, case in self.merging.cases(facet):
            if isinstance(case, Scalars):
                kept = [(value, holds) for value, holds in case.cases if value is not ABSENT]
                parts = [(holds, value) for value, holds in kept]
                cases.append((where, self.merging.merge(parts)))
            elif case is not ABSENT:
                cases.append((where, case))
        return self.merging.merge(cases)

    def fault(self, guard: Literal, error: str) -> None:
        """Notes an error that is raised where a guard holds."""
        if guard != FALSE:
            self.faults.append((guard, error))

    def failed(self, guard: Guard, error: str) -> None:
        """Notes an error that the function raises itself."""
        self.fault(guard, error)

    def by_form(self, guard: Guard, function: Callable[..., Any], *facets: Facet) -> Facet:
        """Returns what a function makes of facets of one form each."""
        checkpoint()
        rows: list[tuple[Literal, tuple[Any, ...]]] = [(TRUE, ())]
        for facet in facets:
            rows = [
                (joint, (*parts, case))
                for where, parts in rows
                for holds, case in self.merging.cases(facet)
                if (joint := self.graph.and_(where, holds)) != FALSE
            ]
        if len(rows) == 1:
            return function(guard, *rows[0][1])
        return self.merging.merge(
            [
                (where, function(inner, *parts))
                for where, parts in rows
                if (inner := self.graph.and_(guard, where)) != FALSE
            ]
        )

    def native(self, guard: Guard, function: Callable[..., Any], *values: Any) -> Facet:
        """Returns what a function makes of values; an error is a fault."""
        if any(map(_is_void, values)):
            return VOID
        for value in values:
            if not is_plain(value):
                raise NotFollowed(f"it uses {value!r}, which may change")
        try:
            result = function(*values)
        except (NotFollowed, OutOfTime):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the function's
            self.fault(guard, f"{type(error).__name__}: {error}")
            return VOID
        return self.owned(result)

    def owned(self, value: Any) -> Facet:
        """Returns what stands for a value that nobody else has."""
        if isinstance(value, list):
            return List(rebuilt(tuple, map(self.owned, value)))
        if type(value) is tuple:
            return rebuilt(tuple, map(self.owned, value))
        if isinstance(value, dict):
            return Table(dict, {key: (TRUE, self.owned(part)) for key, part in value.items()})
        if isinstance(value, set):
            return Table(set, dict.fromkeys(value, (TRUE, None)))
        return value

    def pointwise(self, guard: Guard, function: Callable[..., Any], *facets: Facet) -> Facet:
        """Returns what a function makes of each combination of the values of facets."""
        parts = [self.merging.values(facet) for facet in facets]
        cases = []
        for values, where in self.merging.combinations(parts):
            checkpoint()
            inner = self.graph.and_(guard, where)
            if inner != FALSE:
                cases.append((where, self.native(inner, function, *values)))
        return self.merging.merge(cases)

    def boolean(self, literal: Literal) -> Facet:
        """Returns the truth value that is True where a literal holds."""
        if literal in (TRUE, FALSE):
            return literal == TRUE
        return Scalars(((True, literal), (False, self.graph.not_(literal))))

    def truth(self, guard: Guard, facet: Facet) -> Guard:
        """Returns where, inside of a guard, a facet is true."""
        return self.graph.and_(guard, self.comparing.truth(facet))

    @contextmanager
    def passed(self, facet: Facet, *, storing: bool) -> Iterator[None]:
        """Refuses changes of what a loop goes through, which the loop would see."""
        sources = [
            source
            for _, case in self.merging.cases(facet)
            for source in ([part for part, _ in case.sources] if isinstance(case, Once) else [case])
            if isinstance(source, List | Table)
        ]
        computed = any(
            isinstance(case, Once) and case.computed for _, case in self.merging.cases(facet)
        )
        if computed and storing:
            raise NotFollowed("a loop goes through what is computed on the way; make a list of it")
        changes = self._changes
        for source in sources:
            source.loops += 1
        yield
        for source in sources:
            source.loops -= 1
        if computed and changes != self._changes:
            raise NotFollowed("something is changed on the way; make a list first")

    def changing(self, target: List | Table) -> None:
        """Refuses to change what is not the function's own, or what a loop goes through."""
        if target.lasting:
            raise NotFollowed("it changes an object from outside of the function; make a copy")
        if target.loops:
            raise NotFollowed("it changes what a loop goes through; go through a copy")
        self._changes += 1

    def generated(self, guard: Guard, elements: Sequence[tuple[Guard, Facet]]) -> Facet:
        """Returns the iterator over those elements that an input has."""
        return Once(
            [(self.intersection(guard, part), value) for part, value in elements], computed=True
        )

    def deferred(self, definition: Deferred) -> Facet:
        """Returns a function that is defined on the way."""
        return definition
