"""Local states: every one that runs went through after attention, and where it was first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.interning import Ids, PairInterner, Places
from alta.interp.batch.transitions import Transitions
from alta.lang.values import Value

__all__ = ["LocalStates", "Observer", "Place"]


class Observer(Protocol):
    """An observer of the states of single positions after attention; pass one to `execute`."""

    def begin(self, transitions: Transitions, tokens: npt.NDArray[np.int64]) -> None:
        """Is told the tables that numbers are from, and the sequences: (batch, length)."""
        ...

    def note(self, layer: int, rows: Places, attended: Ids, local: Ids) -> None:
        """Is told who takes a layer, from 1, and the states after attention.

        Those of the uniform names are of shape (rows,), those of the others (rows, length).
        """
        ...


@final
@dataclass(frozen=True)
class Place:
    """The place where a local state was first: after attention in a layer, counted from 1."""

    tokens: tuple[int, ...]
    layer: int
    position: int


@final
class LocalStates:
    """A collection of states of single positions after attention; pass one to `execute`."""

    def __init__(self) -> None:
        self._transitions: Transitions | None = None
        self._states = PairInterner()
        self._words: list[npt.NDArray[np.int64]] = []
        self._places: list[npt.NDArray[np.int64]] = []
        self._values: dict[str, tuple[list[Value], Places]] = {}

    def __len__(self) -> int:
        return len(self._states)

    def begin(self, transitions: Transitions, tokens: npt.NDArray[np.int64]) -> None:
        """Goes on to other sequences, of the same tables."""
        # Numbers of states mean something in the tables only that they are from.
        if self._transitions not in {None, transitions}:
            raise ValueError("LocalStates: expected the same transitions at every execution")
        self._transitions = transitions
        self._words.append(tokens)

    def note(self, layer: int, rows: Places, attended: Ids, local: Ids) -> None:
        """Adds the local states of one layer."""
        before = len(self._states)
        # A local state is a pair: what the uniform names hold, and what all others do.
        numbers = self._states.intern(attended[:, None], local).reshape(-1)
        if len(self._states) == before:
            return
        # New states got the numbers from `before` on; `unique` finds where each came up first.
        new = np.flatnonzero(numbers >= before)
        _, first = np.unique(numbers[new], return_index=True)
        row, position = np.divmod(new[first], local.shape[1])
        batch = np.full(len(first), len(self._words) - 1)
        self._places.append(np.stack([batch, rows[row], np.full(len(first), layer), position], 1))

    def having(self, tests: Mapping[str, Callable[[Value], bool]]) -> Places:
        """Returns the local states in which the values of names pass their tests."""
        matches = np.ones(len(self), dtype=bool)
        # Without states there are no tables to ask.
        for name, passes in tests.items() if len(self) else ():
            # Values that were looked up before are too few where states have come since.
            if name not in self._values or len(self._values[name][1]) < len(self):
                self._values[name] = self._tables().values(name, *self._parts())
            values, places = self._values[name]
            # A test is asked once for each different value, however many states have it.
            matches &= np.array([passes(value) for value in values])[places]
        return np.flatnonzero(matches)

    def place(self, number: int) -> Place:
        """Returns where a local state was first."""
        # Put together when somebody looks, and not for each layer.
        if len(self._places) > 1:
            self._places = [np.concatenate(self._places)]
        batch, row, layer, position = self._places[0][number].tolist()
        return Place(tuple(self._words[batch][row].tolist()), layer, position)

    def failing(self) -> Iterator[dict[str, int]]:
        """Yields the local states that have no next state, as indices; UNDEFINED is -1."""
        if not len(self):
            return
        columns = self.columns()
        for number in np.flatnonzero(self._tables().fails(*self._parts())).tolist():
            yield {name: int(column[number]) for name, column in columns.items()}

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Returns the indices that rules test, by the local states' numbers; UNDEFINED is -1."""
        tables = self._tables()
        codes = tables.attended_codes(*self._parts())
        return {name: tables.codes.indices(name, column) for name, column in codes.items()}

    def _tables(self) -> Transitions:
        if self._transitions is None:
            raise ValueError("LocalStates: expected an execution first; pass it to `execute`")
        return self._transitions

    def _parts(self) -> tuple[Ids, Ids]:
        return self._states.parts(np.arange(len(self), dtype=np.int32))
