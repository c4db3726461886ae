"""Exact questions about the local states that runs go through, and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias, final

from alta_verify.deadline import Clock

__all__ = [
    "Engine",
    "Pattern",
    "ReachAnswer",
    "Reachability",
    "Reachable",
    "Undecided",
    "Unfinished",
    "Unreachable",
]

Pattern: TypeAlias = Mapping[str, frozenset[int]]
"""A set of local states after attention: each of these names has one of its values."""


@final
@dataclass(frozen=True)
class Reachable:
    """A run on an input has a local state of the pattern, at a position after attention.

    Attributes:
        tokens: the input.
        layer: the layer, from 1.
        position: the position, from 0.
    """

    tokens: tuple[int, ...]
    layer: int
    position: int


@final
@dataclass(frozen=True)
class Unreachable:
    """No run on an input of the language within the bounds has such a local state."""


@final
@dataclass(frozen=True)
class Undecided:
    """Nothing is known, however much time there is.

    Attributes:
        reason: why not.
        suspects: inputs whose runs may have such a local state.
    """

    reason: str
    suspects: tuple[tuple[int, ...], ...] = ()


@final
@dataclass(frozen=True)
class Unfinished:
    """The time that was given is over; asked again with more of it, the engine goes on."""


# What no run has is a premise of the proof (Lemma 3), so `Unreachable` is never a guess: it rests
# on Lemma 4 (value sets), 5 (counting), 6 and 7 (slices, symbolic runs), or on a run of all.
# What some run has is replayed by whoever asked, and so needs no belief.
ReachAnswer: TypeAlias = Reachable | Unreachable | Undecided


class Reachability(Protocol):
    """An oracle of the local states that occur in the runs on all inputs up to the bound."""

    @property
    def method(self) -> str:
        """How the answers are found, for the report."""

    @property
    def failure_free(self) -> bool:
        """Whether it is known that no run conflicts, traps or reads UNDEFINED."""

    def find(self, pattern: Pattern, *, soon: bool = False) -> ReachAnswer:
        """Decides whether a run has a local state of the pattern, or soon says nothing."""


class Engine(Protocol):
    """A decision procedure for the runs of a slice, which works in pieces and may not decide."""

    @property
    def method(self) -> str:
        """How the answers are found, for the report."""

    def find(self, pattern: Pattern, clock: Clock) -> ReachAnswer | Unfinished:
        """Looks for a local state of the pattern until the clock says stop."""
