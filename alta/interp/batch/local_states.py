"""Local states: every one that runs went through after attention, and where it was first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.interning import Ids, PairInterner
from alta.interp.batch.transitions import Transitions

__all__ = ["LocalStates", "Place"]


@final
@dataclass(frozen=True)
class Place:
    """Is where a local state was first.

    Attributes:
        tokens: the input.
        layer: the layer, from 1, after whose attention it was there.
        position: the position, from 0.
    """

    tokens: tuple[int, ...]
    layer: int
    position: int


@final
class LocalStates:
    """Collects the states of single positions after attention; pass one to `execute`."""

    def __init__(self) -> None:
        """Starts without any."""
        self._transitions: Transitions | None = None
        self._states = PairInterner()
        self._words: list[npt.NDArray[np.int64]] = []
        self._layers: list[tuple[int, int, int]] = []
        self._places: list[npt.NDArray[np.int64]] = []

    def __len__(self) -> int:
        return len(self._states)

    def begin(self, transitions: Transitions, tokens: npt.NDArray[np.int64]) -> None:
        """Goes on to other sequences.

        Raises:
            ValueError: when the states so far belong to other tables.
        """
        if self._transitions not in {None, transitions}:
            raise ValueError("LocalStates: expected the same transitions at every execution")
        self._transitions = transitions
        self._words.append(tokens)

    def note(self, layer: int, rows: npt.NDArray[np.intp], attended: Ids, local: Ids) -> None:
        """Adds the local states of one layer.

        Args:
            layer: the layer, from 1.
            rows: the sequences.
            attended: their states of the uniform names.
            local: the states of the other names at every position.
        """
        known = len(self._states)
        numbers = self._states.intern(attended[:, None], local).reshape(-1)
        if len(self._states) == known:
            return
        new = np.flatnonzero(numbers >= known)
        _, first = np.unique(numbers[new], return_index=True)
        row, position = np.divmod(new[first], local.shape[1])
        batch = np.full(len(first), len(self._words) - 1)
        self._places.append(np.stack([batch, rows[row], np.full(len(first), layer), position], 1))

    def matching(self, pattern: Mapping[str, Set[int]]) -> npt.NDArray[np.intp]:
        """Returns the numbers of the local states that have one of the given values of each name.

        UNDEFINED is -1.
        """
        if self._transitions is None:
            return np.empty(0, dtype=np.intp)
        attended, local = self._states.parts(np.arange(len(self), dtype=np.int32))
        matches = np.ones(len(self), dtype=bool)
        for name, values in pattern.items():
            matches &= np.isin(self._transitions.column(name, attended, local), list(values))
        return np.flatnonzero(matches)

    def place(self, number: int) -> Place:
        """Returns where a local state was first."""
        batch, row, layer, position = np.concatenate(self._places)[number].tolist()
        return Place(tuple(self._words[batch][row].tolist()), layer, position)

    def failing(self) -> Iterator[dict[str, int]]:
        """Yields the local states that have no next state; UNDEFINED is -1."""
        if self._transitions is None:
            return
        attended, local = self._states.parts(np.arange(len(self), dtype=np.int32))
        fails = self._transitions.fails(attended, local)
        for number in np.flatnonzero(fails):
            one = slice(number, number + 1)
            yield {
                name: int(self._transitions.column(name, attended[one], local[one])[0])
                for name in self._transitions.program.domains
            }
