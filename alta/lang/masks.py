"""Masks: the relative positions that a head may select, in sequences of any length."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, final, overload

from alta.errors import ProgramError
from alta.lang.values import normalise_value

__all__ = ["EVERYWHERE", "Mask", "before", "causal", "mask_of"]

# The last offset of the masks that have a name.
_NAMES: Final = {"causal": 0, "before": -1}


@final
@dataclass(frozen=True)
class Mask:
    """The offsets j - i of the positions j that position i may select.

    An offset is in it that is one of `listed` and at most `last`, as far as there are such bounds.

    Attributes:
        listed: some offsets, ascending; None for all.
        last: the largest offset, 0 or -1; None for any. A mask has one of both bounds, or none.
    """

    listed: tuple[int, ...] | None = None
    last: int | None = None

    def __post_init__(self) -> None:
        # So equal masks have equal fields, and a text each.
        bounded = self.listed is not None and self.last is not None
        if bounded or self.last not in {None, *_NAMES.values()}:
            raise ProgramError(
                f"mask: expected offsets, or 0 or -1 as the last one of all, got {self.listed!r} "
                f"and {self.last!r}; try alta.causal() or alta.before()"
            )

    @property
    def everywhere(self) -> bool:
        """Whether all positions see all positions, so that none of them is told apart."""
        return self.listed is None and self.last is None

    @property
    def single(self) -> bool:
        """Whether no position may select more than one, in a sequence of any length."""
        return self.listed is not None and len(self.listed) == 1

    def sources(self, position: int, length: int) -> Sequence[int]:
        """Returns the positions that a position of a sequence may select, ascending."""
        end = length if self.last is None else min(length, position + self.last + 1)
        within = range(end)
        if self.listed is None:
            return within
        return [position + offset for offset in self.listed if position + offset in within]

    def offsets(self, length: int) -> Sequence[int]:
        """Returns the offsets between two positions of a sequence, ascending."""
        # Those are the ones that the middle of a sequence twice as long sees.
        middle = length - 1
        return [source - middle for source in self.sources(middle, 2 * length - 1)]

    @overload
    def most(self, longest: int) -> int: ...

    @overload
    def most(self, longest: int | None) -> int | None: ...

    def most(self, longest: int | None) -> int | None:
        """Returns how many positions may be selected at once, or 1 if that is none.

        That is at most, in sequences of up to a length; None for any length, and for any number.
        """
        # Each offset is that of one position, and there are no more positions than there are.
        bounds = [] if self.listed is None else [len(self.listed)]
        if longest is not None:
            bounds.append(max(1, longest + (self.last or 0)))
        return min(bounds, default=None)

    def __str__(self) -> str:
        """Returns the mask as the canonical text of a program has it."""
        if self.everywhere:
            return "-"
        if self.listed is not None:
            return json.dumps(self.listed, separators=(",", ":"))
        return next(name for name, last in _NAMES.items() if last == self.last)


EVERYWHERE: Final = Mask()
"""The mask of a head that may select every position."""


def causal() -> Mask:
    """Returns the mask of every length with which position i may select position j where j ≤ i."""
    return Mask(last=_NAMES["causal"])


def before() -> Mask:
    """Returns the mask of every length with which position i may select position j where j < i."""
    return Mask(last=_NAMES["before"])


def mask_of(offsets: Mask | Iterable[int] | None, where: str) -> Mask:
    """Returns a mask with some offsets, or all with None; `where` begins the words of errors."""
    if offsets is None:
        return EVERYWHERE
    if isinstance(offsets, Mask):
        if offsets.listed is None:
            return offsets
        offsets = offsets.listed
    if not isinstance(offsets, Iterable):
        raise ProgramError(
            f"{where}: expected offsets such as [-1, 0], alta.causal() or alta.before(), got "
            f"{offsets!r}"
        )
    # A mask is a set of offsets: its order and repetitions are no part of the program.
    listed = tuple(sorted({normalise_value(offset, where=where) for offset in offsets}))
    if not listed:
        raise ProgramError(
            f"{where} is empty: it would select nothing; pass None to attend everywhere"
        )
    return Mask(listed)
