"""Successors: the rows that effects turn rows into, each pair worked out once."""

from __future__ import annotations

from typing import Final, final

import numpy as np

from alta.interp.batch.codes import Codes
from alta.interp.batch.effects import Effects
from alta.interp.batch.interning import Ids, PairInterner
from alta.interp.batch.rows import GrowingColumn, Rows

__all__ = ["FAILS", "Successors"]

FAILS: Final = -1
"""Stands for the next state where there is none."""


@final
class Successors:
    """Maps effects and rows to rows."""

    def __init__(self, rows: Rows, effects: Effects, codes: Codes) -> None:
        """Starts without entries.

        Args:
            rows: the rows, to which more are added.
            effects: the effects by number.
            codes: translates the values that are assigned.
        """
        self._codes = codes
        self._rows = rows
        self._effects = effects
        self._pairs = PairInterner()
        self._after = GrowingColumn()

    def after(self, effects: Ids, rows: Ids) -> Ids:
        """Returns the rows after some effects, or FAILS."""
        numbers = self._pairs.intern(effects, rows)
        new = np.arange(len(self._after), len(self._pairs), dtype=np.int32)
        pairs = zip(*(part.tolist() for part in self._pairs.parts(new)), strict=True)
        self._after.extend([self._one(effect, row) for effect, row in pairs])
        return self._after.values[numbers]

    def _one(self, effect: int, row: int) -> int:
        assigned = self._effects[effect]
        if assigned is None:
            return FAILS
        if not assigned:
            return row
        values = list(self._rows[row])
        for name, value in assigned.items():
            values[self._rows.names.index(name)] = self._codes.code(name, value)
        return self._rows.number(tuple(values))
