"""Facets: the values of Python at one place of an MLP function, for all local states at once.

A facet is a decision diagram whose leaves are Python values. It is worked with under a guard, the
states that get to the place.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from copy import copy
from enum import Enum
from types import FunctionType, ModuleType
from typing import Any, Final, final

import numpy as np

from alta.errors import ProgramError
from alta.lang.diagrams import ABSENT, Diagrams
from alta.lang.factoring import Behaviour
from alta.lang.kinds import Variable
from alta.lang.rules import assigned_value
from alta.limit import checkpoint

__all__ = ["MUTABLE", "STATE", "Facets", "NotFollowed"]

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

MUTABLE: Final = (bytearray, dict, list, set)
"""Containers that can change; what is done with them is watched."""

# Other objects that a helper may return: they stay as they are.
_LASTING: Final = (bool, bytes, complex, Enum, FunctionType, float, frozenset, int, ModuleType)
_ALSO_LASTING: Final = (np.generic, range, slice, str, tuple, type, type(None))


class NotFollowed(Exception):  # noqa: N818 - an outcome, not an error
    """The reason why a function is not followed in all states at once."""


@final
class _State:
    """What stands for the state that the function takes."""


STATE: Final = _State()


@final
class Facets:
    """The facets of one run, and what the function has read and written so far."""

    def __init__(self, domains: Mapping[str, Variable]) -> None:
        """Takes what each name can be."""
        self.diagrams = Diagrams(domains)
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

    def call(self, guard: int, names: tuple[str, ...], callee: int, *arguments: int) -> int:
        """Returns the facet of what a function returns; the last arguments have names."""
        positional = len(arguments) - len(names)

        def called(function: Any, *values: Any) -> Any:
            if id(function) in _IMPURE or isinstance(function, (classmethod, staticmethod)):
                raise NotFollowed(f"it calls {function!r}")
            # An object that a call changes would be changed in the states that do not call, too.
            owner = getattr(function, "__self__", None)
            changeable = [part for part in (owner, *values) if isinstance(part, MUTABLE)]
            before = [(copy(part), part) for part in changeable]
            named = dict(zip(names, values[positional:], strict=True))
            result = function(*values[:positional], **named)
            if any(kept != part for kept, part in before):
                raise NotFollowed(f"{function!r} changes what it is given")
            if function in _ITERATORS:
                return tuple(result)
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
    if isinstance(value, (*_LASTING, *_ALSO_LASTING, *MUTABLE)):
        return True
    parameters = getattr(type(value), "__dataclass_params__", None)
    return parameters is not None and bool(parameters.frozen)
