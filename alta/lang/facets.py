"""Facets: the values of Python at one place of an MLP function, for all local states at once.

A facet is a decision diagram whose leaves are Python values. It is worked with under a guard, the
states that get to the place.
"""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from enum import Enum
from types import FunctionType, ModuleType
from typing import Any, Final, final

import numpy as np

from alta.errors import ProgramError
from alta.lang.diagrams import ABSENT, Diagrams
from alta.lang.domain import Deferred, Domain, Facet, Guard, NotFollowed
from alta.lang.execution import called
from alta.lang.factoring import Behaviour
from alta.lang.kinds import Variable
from alta.lang.rules import assigned_value
from alta.limit import checkpoint

__all__ = ["STATE", "Facets"]

# How many values may be worked out.
_MAX_CALLS: Final = 3_000_000

# What they do depends on more than their arguments, or on what readings are made of.
_IMPURE: Final = frozenset(
    map(
        id,
        (
            *(builtins.__dict__[word] for word in ("compile", "delattr", "dir", "eval", "exec")),
            *(builtins.__dict__[word] for word in ("globals", "hash", "id", "input", "iter")),
            *(builtins.__dict__[word] for word in ("locals", "next", "open", "setattr", "super")),
            *(builtins.__dict__[word] for word in ("type", "vars", "__import__")),
        ),
    )
)

# Iterators that are worked out at once, as nobody else has them yet.
_ITERATORS: Final = (enumerate, filter, map, reversed, zip)

# Containers that can change; what is done with them is watched.
_MUTABLE: Final = (bytearray, dict, list, set)

# Other objects that a helper may return: they stay as they are.
_LASTING: Final = (bool, bytes, complex, Enum, FunctionType, float, frozenset, int, ModuleType)
_ALSO_LASTING: Final = (np.generic, range, slice, str, tuple, type, type(None))


@final
class _Iterated(tuple[Any, ...]):
    """What an iterator gives, which it does once."""


@final
class _State:
    """What stands for the state that the function takes."""


STATE: Final = _State()


@final
class Facets(Domain):
    """The facets of one run of an MLP function, and what it has read and written so far.

    Helpers that do not take the state are called, on values.
    """

    def __init__(self, domains: Mapping[str, Variable]) -> None:
        """Takes what each name can be."""
        self.diagrams = Diagrams(domains)
        self.true, self.false = self.diagrams.true, self.diagrams.false
        self._domains = domains
        self._reads: dict[str, int] = {}
        self._writes: dict[str, int] = {}
        self._calls = 0

    @property
    def behaviour(self) -> Behaviour:
        """What the function does, once the run is over."""
        return Behaviour(self.diagrams, self._reads, self._writes)

    def lift(self, guard: int, function: Callable[..., Any], *facets: int) -> int:
        """Returns the facet of what a function makes of the values of facets."""

        def attempt(*values: Any) -> Any:
            self._calls += 1
            if self._calls > _MAX_CALLS:
                raise NotFollowed(f"more than {_MAX_CALLS:,} values are worked out")
            if any(value is ABSENT or value is STATE for value in values):
                raise NotFollowed("the state, or an unbound name, is used as a value")
            try:
                return function(*values)
            except (NotFollowed, ProgramError):
                raise
            except Exception as error:
                # Some state gets here: the error belongs to the function, run in that state.
                raise NotFollowed(f"it raises {error!r}") from error

        checkpoint()
        return self.diagrams.apply(attempt, *facets, guard=guard)

    def intersection(self, first: Guard, second: Guard) -> Guard:
        """Returns the states in two guards."""
        return self.diagrams.conjunction(first, second)

    def union_of(self, guards: Sequence[Guard]) -> Guard:
        """Returns the states in any of some guards."""
        return self.diagrams.disjunction(list(guards))

    def leaf(self, value: Any) -> Facet:
        """Returns the facet of a value that is the same in all states."""
        return self.diagrams.leaf(value)

    def definite(self, facet: Facet) -> tuple[Any] | None:
        """Returns the value of a facet that is the same in all states, where it is one."""
        return (self.diagrams.value(facet),) if self.diagrams.is_leaf(facet) else None

    def choose(self, guard: Guard, first: Facet, second: Facet) -> Facet:
        """Returns the facet that is the first in the states of a guard, else the second."""
        return self.diagrams.choose(guard, first, second)

    def bound(self, guard: Guard, name: str, facet: Facet) -> Facet:  # noqa: ARG002 - for all domains
        """Returns the facet of a local name, once it is certain that it is bound."""

        def once(value: Any) -> Any:
            # Whoever has it under a name could go through it twice, and would find nothing.
            if isinstance(value, _Iterated):
                raise NotFollowed("it gives an iterator a name; make a list of it")
            return value

        if self.diagrams.is_leaf(facet) and self.diagrams.value(facet) is not ABSENT:
            once(self.diagrams.value(facet))
            return facet
        return self.lift(guard, once, facet)

    def collected(self, guard: Guard, kind: type, elements: Sequence[tuple[Guard, Facet]]) -> Facet:
        """Returns a list, tuple or set, whose elements are there in all states."""
        if any(present != guard for present, _ in elements):
            raise NotFollowed("the length of a comprehension depends on what was read")
        return self.lift(guard, lambda *values: kind(values), *[value for _, value in elements])

    def generated(self, guard: Guard, elements: Sequence[tuple[Guard, Facet]]) -> Facet:  # noqa: ARG002 - for all domains
        """Refuses iterators: who has taken how much of them is not followed."""
        raise NotFollowed("it passes a generator on")

    def mapped(self, guard: Guard, entries: Sequence[tuple[Guard, Facet, Facet]]) -> Facet:
        """Returns a dictionary, whose keys are there in all states."""
        keys = self.collected(guard, tuple, [(present, key) for present, key, _ in entries])
        values = self.collected(guard, tuple, [(present, value) for present, _, value in entries])
        return self.lift(guard, lambda *parts: dict(zip(*parts, strict=True)), keys, values)

    def attribute(self, guard: Guard, owner: Facet, name: str) -> Facet:
        """Returns the facet of an attribute."""
        return self.lift(guard, lambda value: getattr(value, name), owner)

    def subscript(self, guard: Guard, base: Facet, key: Facet) -> Facet:
        """Returns the facet of an element; of the state, notes that it is read."""
        if self._is_state(base):
            return self.read(guard, self.constant(guard, key, "the name of a read"))
        return self.lift(guard, operator.getitem, base, key)

    def store(self, guard: Guard, base: Facet, key: Facet, facet: Facet) -> None:
        """Notes a write to the state; nothing else is written to."""
        if not self._is_state(base):
            raise NotFollowed("it assigns to a part of an object")
        self.write(guard, self.constant(guard, key, "the name of a write"), facet)

    def augmented(
        self, guard: Guard, function: Callable[[Any, Any], Any], before: Facet, facet: Facet
    ) -> Facet:
        """Returns what an augmented assignment makes of a value that does not change itself."""

        def changed(first: Any, second: Any) -> Any:
            if isinstance(first, _MUTABLE) or hasattr(type(first), "__iadd__"):
                raise NotFollowed("it changes an object")
            return function(first, second)

        return self.lift(guard, changed, before, facet)

    def call(
        self,
        guard: Guard,
        callee: Facet,
        arguments: list[Facet],
        named: dict[str, Facet],
        depth: int,
    ) -> Facet:
        """Returns the facet of what a function returns; with the state, it is run itself."""
        if any(map(self._is_state, (*arguments, *named.values()))):
            definite = self.definite(callee)
            function = definite[0] if definite else None
            return called(self, guard, function, arguments, named, depth)
        return self._call(guard, tuple(named), callee, *arguments, *named.values())

    def deferred(self, definition: Deferred) -> Facet:  # noqa: ARG002 - for all domains
        """Refuses functions that are defined on the way."""
        raise NotFollowed("it defines a function")

    def failed(self, guard: Guard, error: str) -> None:  # noqa: ARG002 - for all domains
        """Refuses errors: they belong to the function, run in a state."""
        raise NotFollowed(f"it raises an error: {error}")

    def _is_state(self, facet: Facet) -> bool:
        return self.diagrams.is_leaf(facet) and self.diagrams.value(facet) is STATE

    # Returns the facet of what a function returns; the last arguments have names.
    def _call(self, guard: int, names: tuple[str, ...], callee: int, *arguments: int) -> int:
        positional = len(arguments) - len(names)

        def called(function: Any, *values: Any) -> Any:
            if id(function) in _IMPURE or isinstance(function, (classmethod, staticmethod)):
                raise NotFollowed(f"it calls {function!r}")
            # An object that a call changes would be changed in the states that do not call, too.
            owner = getattr(function, "__self__", None)
            changeable = [part for part in (owner, *values) if isinstance(part, _MUTABLE)]
            before = [(copy(part), part) for part in changeable]
            named = dict(zip(names, values[positional:], strict=True))
            result = function(*values[:positional], **named)
            if any(kept != part for kept, part in before):
                raise NotFollowed(f"{function!r} changes what it is given")
            if function in _ITERATORS:
                return _Iterated(result)
            if not _is_followed(result):
                raise NotFollowed(f"{function!r} returns {result!r}, which may change")
            return result

        return self.lift(guard, called, callee, *arguments)

    def truth(self, guard: int, facet: int) -> int:
        """Returns where, inside of a guard, a facet is true."""
        truth = self.lift(guard, bool, facet)
        return self.diagrams.conjunction(guard, truth)

    def without(self, guard: int, part: int) -> int:
        """Returns a guard without a part of it."""
        return self.diagrams.choose(part, self.diagrams.false, guard)

    def items(self, guard: int, facet: int) -> list[tuple[int, int]]:
        """Returns the guards and facets of the elements of an iterable, one after the other."""
        listed = self.lift(guard, _listed, facet)
        lengths = self.lift(guard, len, listed)
        longest = max((self.diagrams.value(leaf) or 0 for leaf in self._values(lengths)), default=0)
        elements = []
        for place in range(longest):
            present = self.truth(guard, self.lift(guard, lambda size, k=place: size > k, lengths))
            element = self.lift(present, lambda values, k=place: values[k], listed)
            elements.append((present, element))
        return elements

    def _values(self, facet: int) -> list[int]:
        absent = self.diagrams.leaf(ABSENT)
        return [leaf for leaf in self.diagrams.leaves(facet) if leaf != absent]

    def constant(self, guard: int, facet: int, purpose: str) -> Any:
        """Returns the value of a facet that has to be the same in all states."""
        values = self._values(self.lift(guard, lambda value: value, facet))
        if len(values) != 1:
            raise NotFollowed(f"{purpose} depends on what was read")
        return self.diagrams.value(values[0])

    def read(self, guard: int, name: Any) -> int:
        """Returns the facet of what reading a name gives, and notes where it is read."""
        if name not in self._domains:
            raise NotFollowed(f"it reads {name!r}, which is no name")
        if not self._domains[name].size:
            raise NotFollowed(f"it reads {name!r}, which has no values to tell apart")
        before = self._reads.get(name, self.diagrams.false)
        self._reads[name] = self.diagrams.disjunction([before, guard])
        return self.diagrams.variable(name)

    def write(self, guard: int, name: Any, facet: int) -> None:
        """Notes what is assigned to a variable, and where."""
        where, variable = (
            f"value that the MLP function assigns to {name!r}",
            self._domains.get(name),
        )
        values = self.lift(
            guard, lambda value: assigned_value(value, where=where, variable=variable), facet
        )
        before = self._writes.get(name, self.diagrams.leaf(ABSENT))
        self._writes[name] = self.diagrams.choose(guard, values, before)


def _listed(values: Any) -> tuple[Any, ...]:
    if hasattr(type(values), "__next__"):
        raise NotFollowed("it goes through an iterator")
    return tuple(values)


# Whether an object cannot change, or is watched.
def _is_followed(value: object) -> bool:
    if isinstance(value, (*_LASTING, *_ALSO_LASTING, *_MUTABLE)):
        return True
    parameters = getattr(type(value), "__dataclass_params__", None)
    return parameters is not None and bool(parameters.frozen)
