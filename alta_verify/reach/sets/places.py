"""Places: what value sets are told apart by, the positions of inputs up to a length."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol, final

from alta.lang.masks import Mask

__all__ = ["Places", "Positions", "Selected"]


class Selected(NamedTuple):
    """How many positions a head selects, at least and at most."""

    lower: int
    upper: int


class Places(Protocol):
    """Positions of inputs, or classes of them, and which of them see which."""

    @property
    def starts(self) -> Sequence[Collection[tuple[int, int]]]:
        """For each place, tokens and positions that have together all first values there."""

    def readable(self, place: int, mask: Mask) -> Sequence[int]:
        """Returns the places that a mask lets a place select."""

    def readers(self, place: int, mask: Mask) -> Iterable[int]:
        """Returns the places that may select a place."""

    def selected(
        self, place: int, mask: Mask, perhaps: Sequence[int], surely: Collection[int]
    ) -> Selected:
        """Returns how many positions are selected from one, if of the readable places some may be.

        Those of `surely` are selected if they are there; all of them are in `perhaps` as well.
        """


@final
class Positions:
    """The positions of inputs up to a length: position p stands for that of all longer inputs."""

    def __init__(self, live: Sequence[frozenset[int]], lengths: Iterable[int]) -> None:
        """Takes the tokens that are live at each position, and the lengths that inputs have.

        Without lengths an input with a position is only known to have those to the left of it.
        """
        self.starts = [[(token, p) for token in tokens] for p, tokens in enumerate(live)]
        self._number = len(live)
        ascending = sorted(lengths)
        # The shortest input that has a position has the fewest, and they are the first ones: so
        # many are sure to be there.
        self._present = [next((n for n in ascending if n > p), p + 1) for p in range(self._number)]

    def readable(self, place: int, mask: Mask) -> Sequence[int]:
        """Returns the positions that a mask lets a position select."""
        return mask.sources(place, self._number)

    def readers(self, place: int, mask: Mask) -> Iterator[int]:
        """Yields the positions that may select a position."""
        readers = (place - offset for offset in mask.offsets(self._number))
        return (reader for reader in readers if 0 <= reader < self._number)

    def selected(
        self,
        place: int,
        mask: Mask,  # noqa: ARG002 - all that it selects is readable
        perhaps: Sequence[int],
        surely: Collection[int],
    ) -> Selected:
        """Returns how many positions are selected: those that are sure to be there, at least."""
        present = self._present[place]
        return Selected(int(any(position < present for position in surely)), len(perhaps))
