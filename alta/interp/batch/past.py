"""The past of sequences: the states that they were in."""

from __future__ import annotations

from typing import final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.states import States

__all__ = ["Past"]


@final
class Past:
    """Remembers the states that sequences were in."""

    def __init__(self, states: States) -> None:
        """Starts with the initial states."""
        self._seen: list[set[bytes]] = [set() for _ in states.uniform]
        self.is_new(states)

    def keep(self, rows: npt.NDArray[np.intp]) -> None:
        """Goes on with some of the sequences."""
        self._seen = [self._seen[row] for row in rows.tolist()]

    def is_new(self, states: States) -> npt.NDArray[np.bool_]:
        """Says which sequences are in a state that they were not in before, and remembers it."""
        rows = np.concatenate([states.uniform[:, None], states.positional], axis=1)
        new = np.empty(len(rows), dtype=bool)
        for index, (row, seen) in enumerate(zip(rows, self._seen, strict=True)):
            known = len(seen)
            seen.add(row.tobytes())
            new[index] = len(seen) > known
        return new
