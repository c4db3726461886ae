"""Masks: which relative positions a head may select."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

__all__ = ["NAMED", "Mask"]

NAMED: Final = ("-", "causal", "before")
"""The masks without a list of offsets: all positions, those up to the reading one, those before."""


@final
@dataclass(frozen=True)
class Mask:
    """The positions j that position i may select, by their offset j - i."""

    name: str | None  # one of the names, or None for a list
    offsets: frozenset[int] = frozenset()  # of a list

    @property
    def everywhere(self) -> bool:
        """Whether all positions may be selected from everywhere."""
        return self.name == "-"

    @property
    def single(self) -> bool:
        """Whether it allows one position at most, wherever it is read from."""
        return len(self.offsets) == 1

    def allows(self, offset: int) -> bool:
        """Says whether an offset may be selected."""
        match self.name:
            case "causal":
                return offset <= 0
            case "before":
                return offset < 0
            case None:
                return offset in self.offsets
        return True

    def within(self, length: int) -> frozenset[int]:
        """Returns the offsets that it allows between two positions of an input of a length."""
        return frozenset(filter(self.allows, range(1 - length, length)))

    def most(self, length: int) -> int:
        """Returns how many positions of that many may be selected at once, or 1 if none may."""
        if self.name is None:
            return min(length, len(self.offsets))
        # Position i has i positions before it, and the last position length - 1 of them.
        return max(1, length - 1) if self.name == "before" else length

    def __str__(self) -> str:
        """Returns it as it is written."""
        return self.name or f"[{','.join(map(str, sorted(self.offsets)))}]"
