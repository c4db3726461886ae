"""Extents: the lengths of the inputs that a claim is about, up to a bound or without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias, final

from alta_verify.obligation import NotShown

__all__ = ["EveryLength", "Extent", "UpTo", "in_words"]

# Where there is no bound, runs on inputs of up to so many tokens are looked at: on both sides, of
# the program alone, and in search of a certain state. Nothing is concluded from them of others.
_SAMPLED: Final = 128
_RUN: Final = 256
_SEARCHED: Final = 20


@final
@dataclass(frozen=True)
class UpTo:
    """All lengths from 1 to a bound."""

    max_len: int

    @property
    def words(self) -> str:
        """The lengths, in words."""
        return in_words(self.max_len)

    @property
    def bound(self) -> int:
        """The length up to which each may be gone through."""
        return self.max_len

    @property
    def longest(self) -> int:
        """The length up to which numbers of the network have to be bounded."""
        return self.max_len

    @property
    def sampled(self) -> int:
        """The length up to which some inputs are run on both sides."""
        return self.max_len

    @property
    def run(self) -> int:
        """The length up to which some are run by the program alone."""
        return self.max_len

    @property
    def searched(self) -> int:
        """The length up to which inputs of a certain kind are looked for."""
        return self.max_len

    def has(self, length: int) -> bool:
        """Says whether the claim is about inputs of a length."""
        return 0 < length <= self.max_len


@final
@dataclass(frozen=True)
class EveryLength:
    """All lengths from 1 on.

    What a program does is claimed of all of them. A network is spoken of as far as what it computes
    can be bounded: up to N tokens.

    Attributes:
        exact: N; None where no network is spoken of.
        limit: what is not bounded beyond, in words.
    """

    exact: int | None = None
    limit: str = ""

    @property
    def words(self) -> str:
        """The lengths, in words, with N."""
        if self.exact is None:
            return in_words(None)
        return f"{in_words(None)} up to N = {self.exact:,} tokens (beyond, {self.limit})"

    @property
    def bound(self) -> int:
        """Refuses: there is no bound, so whatever goes through all lengths would miss some."""
        raise NotShown(
            "inputs of every length cannot be gone through length by length; ask for those up to a "
            "bound (max_len=)"
        )

    @property
    def longest(self) -> int:
        """N."""
        if self.exact is None:
            raise NotShown("without a network there is no longest input")
        return self.exact

    @property
    def sampled(self) -> int:
        """The length up to which some inputs are run on both sides."""
        return _SAMPLED

    @property
    def run(self) -> int:
        """The length up to which some are run by the program alone."""
        return _RUN

    @property
    def searched(self) -> int:
        """The length up to which inputs of a certain kind are looked for."""
        return _SEARCHED

    def has(self, length: int) -> bool:
        """Says whether the claim is about inputs of a length."""
        return length > 0 and (self.exact is None or length <= self.exact)


Extent: TypeAlias = UpTo | EveryLength


def in_words(max_len: int | None) -> str:
    """Returns the lengths up to a bound, or all of them, in words."""
    return "of any length" if max_len is None else f"of 1 to {max_len} tokens"
