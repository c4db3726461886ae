"""The domain of symbolic reading: how Python's operations work on facets."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from enum import Enum, EnumMeta
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, Final, final

from alta.lang.domain import Deferred, Facet, Guard, NotFollowed
from alta.lang.execution import called
from alta_verify.reach.symbolic.graph import FALSE
from alta_verify.reading import containers, functions, methods, operators
from alta_verify.reading.context import Context
from alta_verify.reading.merging import is_plain
from alta_verify.reading.values import VOID, Choice, Digits, List, Method, Scalars, Symbolic, Table

__all__ = ["Reader"]

# Functions that depend on their arguments alone, and change nothing.
_PURE: Final = frozenset(
    (ascii, bin, bytes, callable, chr, complex, float, format, hex, oct, ord, repr, round)
)
# Modules all of whose functions do so.
_PURE_MODULES: Final = frozenset(("math", "cmath", "_operator", "fractions"))

_CACHED: Final = type(functools.cache(lambda: None))


@final
class Reader(Context):
    """The reading of functions over the inputs of one graph."""

    def lift(self, guard: Guard, function: Callable[..., Any], *facets: Facet) -> Facet:
        """Returns what an operator makes of facets, form by form."""
        if not any(isinstance(facet, Symbolic) for facet in facets):
            return self.native(guard, function, *facets)
        special = operators.OPERATORS.get(function)
        return self.by_form(
            guard,
            lambda where, *parts: (
                self.pointwise(where, function, *parts)
                if special is None
                else special(self, where, function, *parts)
            ),
            *facets,
        )

    def items(self, guard: Guard, facet: Facet) -> list[tuple[Guard, Facet]]:
        """Returns the elements of an iterable, each with the inputs that have it."""
        return containers.items(self, guard, facet)

    def collected(self, guard: Guard, kind: type, elements: Sequence[tuple[Guard, Facet]]) -> Facet:
        """Returns the list, tuple or set of those elements that an input has."""
        return containers.collected(self, guard, kind, elements)

    def mapped(self, guard: Guard, entries: Sequence[tuple[Guard, Facet, Facet]]) -> Facet:
        """Returns the dictionary of those keys and values that an input has."""
        table = Table(dict, {}, born=guard)
        for present, key, value in entries:
            containers.put(self, guard, present, table, key, value)
        return table

    def subscript(self, guard: Guard, base: Facet, key: Facet) -> Facet:
        """Returns an element, or a part."""
        return self.by_form(
            guard, lambda where, *parts: containers.subscript(self, where, *parts), base, key
        )

    def store(self, guard: Guard, base: Facet, key: Facet, facet: Facet) -> None:
        """Assigns to an element of a list or a dictionary."""
        for where, case in self.merging.cases(base):
            inner = self.graph.and_(guard, where)
            if inner != FALSE:
                containers.store(self, inner, case, key, facet)

    def augmented(
        self, guard: Guard, function: Callable[[Any, Any], Any], before: Facet, facet: Facet
    ) -> Facet:
        """Returns what an augmented assignment makes of what was there; lists are changed."""
        for where, case in self.merging.cases(before):
            if isinstance(case, Table):
                raise NotFollowed("it changes a set or dictionary by an operator; use a method")
            if isinstance(case, List):
                if case is not before:
                    raise NotFollowed("it changes one of several lists; use append or extend")
                methods.extend(self, self.graph.and_(guard, where), case, facet, function)
                return before
        return self.lift(guard, function, before, facet)

    def attribute(self, guard: Guard, owner: Facet, name: str) -> Facet:
        """Returns an attribute of something that cannot change, or a method."""
        if isinstance(owner, Digits):
            # Some methods need not know how many digits there are.
            return Method(owner, name)
        return self.by_form(guard, lambda where, case: self._attribute(where, case, name), owner)

    def _attribute(self, guard: Guard, owner: Facet, name: str) -> Facet:
        if isinstance(owner, Scalars) and all(
            isinstance(value, Enum) or hasattr(type(value), "__dataclass_params__")
            for value, _ in owner.cases
        ):
            return self.pointwise(guard, lambda value: getattr(value, name), owner)
        kinds = (Symbolic, int, float, str, tuple, frozenset, range)
        if isinstance(owner, kinds) and not isinstance(owner, Enum):
            return Method(owner, name)
        if not is_plain(owner):
            raise NotFollowed(f"it reads {name!r} of {owner!r}, which may change")
        try:
            return self.leaf(getattr(owner, name))
        except AttributeError as error:
            self.fault(guard, f"AttributeError: {error}")
            return VOID

    def call(
        self,
        guard: Guard,
        callee: Facet,
        arguments: list[Facet],
        named: dict[str, Facet],
        depth: int,
    ) -> Facet:
        """Returns what a function returns; which one it is may depend on the input."""
        if isinstance(callee, Choice | Scalars):
            return self.merging.merge(
                [
                    (where, self.call(inner, function, arguments, named, depth))
                    for where, function in containers.forms(self, callee)
                    if (inner := self.graph.and_(guard, where)) != FALSE
                ]
            )
        return self._called(guard, callee, arguments, named, depth)

    def _called(
        self,
        guard: Guard,
        function: Any,
        arguments: list[Facet],
        named: dict[str, Facet],
        depth: int,
    ) -> Facet:
        if function is VOID:
            return VOID
        if isinstance(function, Method):
            return methods.call(self, guard, function, arguments, named, depth)
        if function in functions.FUNCTIONS:
            return functions.FUNCTIONS[function](self, guard, depth, *arguments, **named)
        if isinstance(function, _CACHED):
            # What is remembered is what it returned.
            function = function.__wrapped__
        # What is in Python is read itself.
        if isinstance(function, FunctionType | MethodType | Deferred):
            return called(self, guard, function, arguments, named, depth)
        if function in operators.OPERATORS and not named:
            return self.lift(guard, function, *arguments)
        pure = function in _PURE or getattr(function, "__module__", None) in _PURE_MODULES
        if pure and isinstance(function, BuiltinFunctionType | type):
            names = tuple(named)
            count = len(arguments)

            def applied(*values: Any) -> Any:
                return function(*values[:count], **dict(zip(names, values[count:], strict=True)))

            return self.pointwise(guard, applied, *arguments, *named.values())
        if isinstance(function, EnumMeta) and not named:
            return self.pointwise(guard, function, *arguments)
        raise NotFollowed(f"it calls {function!r}")
