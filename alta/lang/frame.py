"""Frames: the calls of functions that are run in many states at once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, final

from alta.lang.diagrams import ABSENT
from alta.lang.domain import Domain, Facet, Guard, NotFollowed

__all__ = ["Frame", "Loop", "Table"]

Table: TypeAlias = Mapping[type[ast.AST], Callable[..., Any]]
"""How each kind of syntax is run: in a frame, under a guard."""


@final
@dataclass
class Loop:
    """The states that left the turn at hand of a loop, and those that left the loop."""

    continued: Guard
    broken: Guard


@final
@dataclass
class Frame:
    """A call: its local names, what it has returned, and the loops around the place.

    Attributes:
        table: how each kind of statement and expression is run.
        outer: gives the facet of a name that is not local, under a guard.
        file: where the function is from.
        names: the local names.
        local: what of them is bound, and names of comprehensions.
        live: the states that have not left the call, and maybe others.
        returned: what was returned, and where.
    """

    domain: Domain
    table: Table
    outer: Callable[[str, Guard], Facet]
    file: str
    names: frozenset[str]
    local: dict[str, Facet]
    live: Guard
    depth: int
    returned: list[tuple[Guard, Facet]] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)

    def run(self, statements: list[ast.stmt], guard: Guard) -> Guard:
        """Runs statements, and returns the guard of those states that get behind them."""
        for statement in statements:
            if guard == self.domain.false:
                break
            guard = self._placed(statement, guard)
        return guard

    def value(self, node: ast.expr, guard: Guard) -> Facet:
        """Returns the facet of an expression."""
        return self._placed(node, guard)

    def _placed(self, node: Any, guard: Guard) -> Any:
        run = self.table.get(type(node))
        try:
            if run is None:
                raise NotFollowed(f"'{ast.unparse(node)}' is not followed")
            return run(self, node, guard)
        except NotFollowed as reason:
            if reason.place is None:
                reason.place = f"{self.file}:{node.lineno}: '{ast.unparse(node)}'"
            raise

    def name(self, name: str, guard: Guard) -> Facet:
        """Returns the facet of a name."""
        if name in self.local:
            return self.domain.bound(guard, name, self.local[name])
        if name in self.names:
            return self.domain.bound(guard, name, self.domain.leaf(ABSENT))
        return self.outer(name, guard)

    def store(self, target: ast.expr, facet: Facet, guard: Guard) -> None:
        """Assigns a facet to a target."""
        match target:
            case ast.Name(id=name):
                before = self.local.get(name, self.domain.leaf(ABSENT))
                everywhere = guard == self.live
                self.local[name] = facet if everywhere else self.domain.choose(guard, facet, before)
            case ast.Subscript(value=base, slice=key):
                self.domain.store(guard, self.value(base, guard), self.value(key, guard), facet)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                self._unpack(targets, facet, guard)
            case _:
                raise NotFollowed(f"it assigns to '{ast.unparse(target)}'")

    def _unpack(self, targets: list[ast.expr], facet: Facet, guard: Guard) -> None:
        elements = self.domain.items(guard, facet)
        stars = [place for place, part in enumerate(targets) if isinstance(part, ast.Starred)]
        spare = len(elements) - len(targets)
        if any(present != guard for present, _ in elements) or spare < -len(stars):
            raise NotFollowed("the number of values to unpack depends on what was read")
        if spare > 0 and not stars:
            raise NotFollowed(f"{len(elements)} values are unpacked into {len(targets)} names")
        values = [element for _, element in elements]
        if stars:
            first, end = stars[0], stars[0] + spare + 1
            middle = self.domain.collected(guard, list, elements[first:end])
            values[first:end] = [middle]
        for part, element in zip(targets, values, strict=True):
            self.store(part.value if isinstance(part, ast.Starred) else part, element, guard)

    def result(self, guard: Guard) -> Facet:
        """Returns the facet of what the call returns; some states may get to its end."""
        returned = list(self.returned)
        if guard != self.domain.false or not returned:
            returned.append((guard, self.domain.leaf(None)))
        _, result = returned.pop()
        for where, value in reversed(returned):
            result = self.domain.choose(where, value, result)
        return result

    def nested(self, guard: Guard) -> Frame:
        """Returns the scope of one element of a comprehension."""
        return replace(self, local=dict(self.local), live=guard)
