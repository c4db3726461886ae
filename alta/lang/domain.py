"""Domains: what stands for the values of Python where a function runs in many states at once.

A *guard* stands for a set of states, a *facet* for a value in each of them. How they are
represented is a domain's own business; how statements are run is not (`execution`).
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeAlias, final

__all__ = ["Deferred", "Domain", "Facet", "Guard", "NotFollowed"]

Guard: TypeAlias = int
"""A set of states."""

Facet: TypeAlias = Any
"""A value of Python in each state."""


class NotFollowed(Exception):  # noqa: N818 - an outcome, not an error
    """The reason why a function is not followed in all states at once.

    Attributes:
        place: where it is in the source, once that is known.
    """

    def __init__(self, reason: str, place: str | None = None) -> None:
        """Takes the reason, in words that fit behind the name of a function."""
        super().__init__(reason)
        self.place = place


@final
@dataclass(frozen=True, eq=False)
class Deferred:
    """A function that was defined while functions were followed.

    Attributes:
        node: its definition.
        frame: the call in which it was defined, whose names it sees.
        defaults: the facets of its parameters that have one.
    """

    node: ast.FunctionDef | ast.Lambda
    frame: Any
    defaults: Mapping[str, Facet]


class Domain(ABC):
    """A representation of values in many states.

    Assumed of whoever calls: facets are looked at under a guard that is inside of the states in
    which they were made.

    Attributes:
        true: all states.
        false: no state.
    """

    true: Guard
    false: Guard

    @abstractmethod
    def intersection(self, first: Guard, second: Guard) -> Guard:
        """Returns the states in two guards."""

    @abstractmethod
    def union_of(self, guards: Sequence[Guard]) -> Guard:
        """Returns the states in any of some guards."""

    @abstractmethod
    def without(self, guard: Guard, part: Guard) -> Guard:
        """Returns a guard without a part of it."""

    def possible(self, guard: Guard) -> bool:
        """Whether a state is in a guard; a yes may be wrong, and costs turns of loops then."""
        return guard != self.false

    @abstractmethod
    def leaf(self, value: Any) -> Facet:
        """Returns the facet of a value that is the same in all states."""

    @abstractmethod
    def definite(self, facet: Facet) -> tuple[Any] | None:
        """Returns the value of a facet that is the same in all states, where it is one."""

    @abstractmethod
    def choose(self, guard: Guard, first: Facet, second: Facet) -> Facet:
        """Returns the facet that is the first in the states of a guard, else the second."""

    @abstractmethod
    def bound(self, guard: Guard, name: str, facet: Facet) -> Facet:
        """Returns the facet of a local name, once it is certain that it is bound."""

    @abstractmethod
    def lift(self, guard: Guard, function: Callable[..., Any], *facets: Facet) -> Facet:
        """Returns the facet of what a function makes of the values of facets."""

    @abstractmethod
    def truth(self, guard: Guard, facet: Facet) -> Guard:
        """Returns where, inside of a guard, a facet is true."""

    @abstractmethod
    def items(self, guard: Guard, facet: Facet) -> list[tuple[Guard, Facet]]:
        """Returns the elements of an iterable, each with the states that have it."""

    def passed(self, facet: Facet, *, storing: bool) -> AbstractContextManager[None]:
        """Watches what a loop goes through, while it does; a statement stores something."""
        del facet, storing
        return nullcontext()

    @abstractmethod
    def collected(self, guard: Guard, kind: type, elements: Sequence[tuple[Guard, Facet]]) -> Facet:
        """Returns the list, tuple or set of those elements that a state has."""

    @abstractmethod
    def generated(self, guard: Guard, elements: Sequence[tuple[Guard, Facet]]) -> Facet:
        """Returns the iterator over those elements that a state has."""

    @abstractmethod
    def mapped(self, guard: Guard, entries: Sequence[tuple[Guard, Facet, Facet]]) -> Facet:
        """Returns the dictionary of those keys and values that a state has."""

    @abstractmethod
    def attribute(self, guard: Guard, owner: Facet, name: str) -> Facet:
        """Returns the facet of an attribute."""

    @abstractmethod
    def subscript(self, guard: Guard, base: Facet, key: Facet) -> Facet:
        """Returns the facet of an element."""

    @abstractmethod
    def store(self, guard: Guard, base: Facet, key: Facet, facet: Facet) -> None:
        """Assigns to an element."""

    @abstractmethod
    def augmented(
        self, guard: Guard, function: Callable[[Any, Any], Any], before: Facet, facet: Facet
    ) -> Facet:
        """Returns what an augmented assignment makes of what was there before."""

    @abstractmethod
    def call(
        self,
        guard: Guard,
        callee: Facet,
        arguments: list[Facet],
        named: dict[str, Facet],
        depth: int,
    ) -> Facet:
        """Returns the facet of what a function returns."""

    @abstractmethod
    def deferred(self, definition: Deferred) -> Facet:
        """Returns the facet of a function that is defined on the way."""

    @abstractmethod
    def failed(self, guard: Guard, error: str) -> None:
        """Notes that an error, in words, is raised in all states of a guard."""
