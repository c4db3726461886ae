"""Sources: which position every position reads from, for many sequences at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.interning import Ids
from alta.interp.batch.plan import Selection
from alta.interp.batch.transitions import Transitions

__all__ = ["NOWHERE", "Sources", "States"]

NOWHERE: Final = -1
"""Stands for the source of what reads UNDEFINED."""

Places = npt.NDArray[np.intp]

_WIDE: Final = 16
"""Keys are looked up by value while a variable has at most so many values a position."""


@final
@dataclass
class States:
    """Is where some equally long sequences are.

    Attributes:
        uniform: the states of the uniform variables; shape (batch,).
        positional: the states of the other variables; shape (batch, length).
    """

    uniform: Ids
    positional: Ids


@final
class Sources:
    """Finds the positions that the heads of a program read from.

    What stays the same from layer to layer is worked out once: the sources of a lasting selection,
    and for a lasting key where each of its values is to be found.
    """

    def __init__(self, tables: Transitions, length: int) -> None:
        """Starts for sequences of one length.

        Args:
            tables: what the numbers of states mean.
            length: the length, at least 1.
        """
        self._program = tables.program
        self._plan = tables.plan
        self._uniform = tables.uniform
        self._positional = tables.positional
        self._length = length
        self._kept: dict[object, Places] = {}

    def keep(self, rows: npt.NDArray[np.intp]) -> None:
        """Goes on with some of the sequences."""
        self._kept = {
            key: kept if len(kept) == 1 else kept[rows] for key, kept in self._kept.items()
        }

    def shared(self, selection: Selection, states: States) -> Places:
        """Returns where the heads of a uniform selection read from, in every sequence."""
        if selection.query is None or selection.key is None:
            only = 0 if self._length == 1 else NOWHERE
            return np.full(len(states.uniform), only, dtype=np.intp)
        query, key = self._column(selection.query, states)[:, 0], selection.key
        if key in self._plan.positional and key in self._plan.lasting and self._narrow(key):
            places = self._places_of(key, states)
            rows = np.arange(len(places)) if len(places) > 1 else 0
            return np.asarray(places[rows, query])
        selected = self._column(key, states) == query[:, None]
        if selected.shape[1] == 1 < self._length:
            return np.full(len(query), NOWHERE, dtype=np.intp)
        return np.where(np.count_nonzero(selected, axis=1) == 1, selected.argmax(axis=1), NOWHERE)

    def own(self, selection: Selection, states: States) -> Places:
        """Returns where the heads of a selection read from, at every position.

        The shape is (batch, length), or (1, length) where all sequences agree.
        """
        if not selection.lasting:
            return self._own(selection, states)
        key = (selection.query, selection.key, selection.mask)
        if key not in self._kept:
            one = States(states.uniform[:1], states.positional[:1])
            self._kept[key] = self._own(selection, one if selection.blind else states)
        return self._kept[key]

    def _own(self, selection: Selection, states: States) -> Places:
        query, key, mask = selection.query, selection.key, selection.mask
        if mask is None and query is not None and key is not None and self._narrow(key):
            places = self._places_of(key, states)
            wanted = self._column(query, states)
            batch = max(len(places), len(wanted))
            return np.take_along_axis(
                np.broadcast_to(places, (batch, places.shape[1])),
                np.broadcast_to(wanted, (batch, self._length)),
                axis=1,
            )
        return self._by_distance(selection, states)

    def _narrow(self, name: str) -> bool:
        return self._program.variables[name].size <= _WIDE * self._length

    def _by_distance(self, selection: Selection, states: States) -> Places:
        """Goes through the distances that the mask allows."""
        length = self._length
        mask = range(1 - length, length) if selection.mask is None else selection.mask
        query = key = np.zeros((1, 1), dtype=np.int32)
        if selection.query is not None and selection.key is not None:
            query = self._column(selection.query, states)
            key = self._column(selection.key, states)
        batch = max(len(query), len(key))
        query, key = (np.broadcast_to(one, (batch, length)) for one in (query, key))
        sources = np.full((batch, length), NOWHERE, dtype=np.intp)
        several = np.zeros((batch, length), dtype=bool)
        for distance in mask:
            if abs(distance) >= length:
                continue
            here = slice(max(0, -distance), length - max(0, distance))
            there = slice(max(0, distance), length - max(0, -distance))
            selected = query[:, here] == key[:, there]
            several[:, here] |= selected & (sources[:, here] != NOWHERE)
            sources[:, here] = np.where(selected, np.arange(length)[there], sources[:, here])
        sources[several] = NOWHERE
        return sources

    def _places_of(self, name: str, states: States) -> Places:
        """Returns the only position where a key has each of its values, by value.

        The shape is (batch, values), or (1, values) where all sequences agree.
        """
        if name not in self._plan.lasting:
            return self._places(name, states)
        if name not in self._kept:
            blind = self._program.variables[name].initial.source != "token"
            one = States(states.uniform[:1], states.positional[:1])
            self._kept[name] = self._places(name, one if blind else states)
        return self._kept[name]

    def _places(self, name: str, states: States) -> Places:
        keys = np.broadcast_to(self._column(name, states), (len(states.uniform), self._length))
        size = self._program.variables[name].size
        flat = (keys + np.arange(len(keys))[:, None] * size).reshape(-1)
        counts = np.bincount(flat, minlength=len(keys) * size)
        places = np.full(len(keys) * size, NOWHERE, dtype=np.intp)
        places[flat] = np.tile(np.arange(self._length), len(keys))
        places[counts != 1] = NOWHERE
        return places.reshape(len(keys), size)

    def _column(self, name: str, states: States) -> Ids:
        """Returns the values of a variable; shape (batch, length), or (batch, 1) if uniform."""
        if name in self._plan.uniform:
            return self._uniform.column(name)[states.uniform][:, None]
        return self._positional.column(name)[states.positional]
