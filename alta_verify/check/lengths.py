"""Lengths: the inputs that a theorem is about, those up to a bound or those of any length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, final

from alta_verify.check.language import Language
from alta_verify.check.masks import Mask
from alta_verify.check.program import Program
from alta_verify.check.refused import Refused, nonempty
from alta_verify.check.value_sets import Live

__all__ = ["LONGEST", "EveryLength", "Lengths", "UpTo"]

LONGEST: Final = 2**31 - 1
"""Positions are whole numbers of 32 bits with a sign: of longer inputs no network is spoken of."""


class Lengths(Protocol):
    """The lengths of the inputs in question."""

    @property
    def words(self) -> str:
        """What is said of them in a theorem."""

    @property
    def pairs(self) -> set[tuple[int, int]]:
        """Every token with every position that it has in some input."""

    def mixed(self, mask: Mask) -> int:
        """Returns how many positions a head within a mask gives weight to at most."""

    def alike(self, first: Mask, second: Mask) -> bool:
        """Says whether two masks allow the same between the positions of each input."""

    def bounds(self, program: Program) -> Mapping[Any, int | None]:
        """Returns the bounds on layers that a program has, by what they depend on."""


@final
@dataclass(frozen=True)
class UpTo:
    """Lengths from 1 to a bound."""

    max_len: int
    live: Live  # those that some input has

    @classmethod
    def of(cls, language: Language, max_len: int) -> UpTo:
        """Returns the lengths up to a bound; refuses them if no input has one."""
        live = language.live_by_length(range(1, max_len + 1))
        return cls(max_len, nonempty(live, "inputs within the bound"))

    @property
    def words(self) -> str:
        """The bound."""
        return f"with 1 to {self.max_len} tokens"

    @property
    def pairs(self) -> set[tuple[int, int]]:
        """Every token with every position that it has in some input."""
        places = (pair for live in self.live.values() for pair in enumerate(live))
        return {(token, place) for place, tokens in places for token in tokens}

    def mixed(self, mask: Mask) -> int:
        """Returns how many positions a mask allows at once, in the longest inputs."""
        return mask.most(self.max_len)

    def alike(self, first: Mask, second: Mask) -> bool:
        """Says whether two masks allow the same between the positions of each input."""
        # No input has two positions that are farther apart than the longest one has.
        longest = max(self.live)
        return first.within(longest) == second.within(longest)

    def bounds(self, program: Program) -> Mapping[Any, int | None]:
        """Returns the bounds on layers, by length."""
        return {length: program.bound(length) for length in self.live}


@final
@dataclass(frozen=True)
class EveryLength:
    """All lengths from 1 on: of programs without an end, and of networks as far as they go."""

    tokens: frozenset[int]  # of the inputs

    @classmethod
    def of(cls, language: Language) -> EveryLength:
        """Returns all lengths; refuses a language that is not one automaton's."""
        return cls(nonempty(language.endless().tokens, "tokens of the language"))

    @property
    def words(self) -> str:
        """How far a network goes."""
        return f"of any length up to N = {LONGEST} tokens, where 32 bits for a position end"

    @property
    def pairs(self) -> set[tuple[int, int]]:
        """Every token, at the first position: without position embeddings all are alike."""
        return {(token, 0) for token in self.tokens}

    def mixed(self, mask: Mask) -> int:
        """Returns how many offsets a mask has."""
        if mask.name is not None:
            raise Refused(f"every length: a head with mask {mask} may read any number of positions")
        return mask.most(LONGEST)

    def alike(self, first: Mask, second: Mask) -> bool:
        """Says whether two masks are the same."""
        return first == second

    def bounds(self, program: Program) -> Mapping[Any, int | None]:
        """Returns the bound on layers, which no length changes."""
        if isinstance(program.layers, tuple):
            raise Refused("every length: the number of layers depends on the length")
        return {"any": program.layers}
