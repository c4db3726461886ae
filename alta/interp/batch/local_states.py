"""Local states: every one that runs went through after attention, and where it was first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, Protocol, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.interning import Ids, PairInterner
from alta.interp.batch.transitions import Transitions
from alta.lang.values import Value

__all__ = ["LocalStates", "Observer", "Place"]


class Observer(Protocol):
    """An observer of the states of single positions after attention; pass one to `execute`."""

    def begin(self, transitions: Transitions, tokens: npt.NDArray[np.int64]) -> None:
        """Is told the tables that numbers are from, and the sequences: (batch, length)."""
        ...

    def note(self, layer: int, rows: npt.NDArray[np.intp], attended: Ids, local: Ids) -> None:
        """Is told the local states of one layer, from 1, and the sequences that take it.

        Those of the uniform names are of shape (rows,), those of the others (rows, length).
        """
        ...


@final
@dataclass(frozen=True)
class Place:
    """The place where a local state was first.

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
    """A collection of states of single positions after attention; pass one to `execute`."""

    def __init__(self) -> None:
        self._transitions: Transitions | None = None
        self._states = PairInterner()
        self._words: list[npt.NDArray[np.int64]] = []
        self._places: list[npt.NDArray[np.int64]] = []
        self._columns: dict[str, npt.NDArray[Any]] = {}
        self._values: dict[str, tuple[list[Value], npt.NDArray[np.intp]]] = {}

    def __len__(self) -> int:
        return len(self._states)

    def begin(self, transitions: Transitions, tokens: npt.NDArray[np.int64]) -> None:
        """Goes on to other sequences.

        Raises:
            ValueError: when the states so far belong to other tables.
        """
        # Numbers of states mean something in the tables only that they are from.
        if self._transitions not in {None, transitions}:
            raise ValueError("LocalStates: expected the same transitions at every execution")
        self._transitions = transitions
        self._words.append(tokens)

    def note(self, layer: int, rows: npt.NDArray[np.intp], attended: Ids, local: Ids) -> None:
        """Adds the local states of one layer; arguments as for `Observer`."""
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

    def column(self, name: str) -> npt.NDArray[Any]:
        """Returns the indices that rules test, by the local states' numbers; UNDEFINED is -1."""
        # A column that was made before is too short where states have come since.
        if name not in self._columns or len(self._columns[name]) < len(self):
            self._columns[name] = self._tables().column(name, *self._parts())
        return self._columns[name]

    def matching(self, pattern: Mapping[str, Set[int]]) -> npt.NDArray[np.intp]:
        """Returns the local states in which each name has one of its indices; UNDEFINED is -1."""
        # Every name is a column over all states, and the columns' answers are joined.
        matches = np.ones(len(self), dtype=bool)
        for name, indices in pattern.items():
            if len(self):
                matches &= np.isin(self.column(name), list(indices))
        return np.flatnonzero(matches)

    def having(self, tests: Mapping[str, Callable[[Value], bool]]) -> npt.NDArray[np.intp]:
        """Returns the local states in which the values of names pass their tests."""
        matches = np.ones(len(self), dtype=bool)
        for name, passes in tests.items():
            if len(self):
                values, places = self._values_of(name)
                # A test is asked once for each different value, however many states have it.
                matches &= np.array([passes(value) for value in values])[places]
        return np.flatnonzero(matches)

    def _values_of(self, name: str) -> tuple[list[Value], npt.NDArray[np.intp]]:
        if name not in self._values or len(self._values[name][1]) < len(self):
            self._values[name] = self._tables().values(name, *self._parts())
        return self._values[name]

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
        columns = {name: self.column(name) for name in self._tables().program.domains}
        for number in np.flatnonzero(self._tables().fails(*self._parts())).tolist():
            yield {name: int(column[number]) for name, column in columns.items()}

    def _tables(self) -> Transitions:
        if self._transitions is None:
            raise ValueError("LocalStates: expected an execution first; pass it to `execute`")
        return self._transitions

    def _parts(self) -> tuple[Ids, Ids]:
        return self._states.parts(np.arange(len(self), dtype=np.int32))
