"""Readings: what the heads of one selection read together, as one number."""

from __future__ import annotations

from typing import Any, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.interning import Ids, PairInterner
from alta.interp.batch.plan import Selection
from alta.interp.batch.rows import Projection, Rows
from alta.interp.batch.trie import UNDEFINED_CODE

__all__ = ["Readings"]


@final
class Readings:
    """Numbers what the heads of one selection read together: 0 for UNDEFINED.

    Values of uniform variables make no difference to the number: what is read from any position is
    what the sequence has.
    """

    def __init__(self, selection: Selection, uniform: Rows, positional: Rows) -> None:
        """Starts without entries.

        Args:
            selection: the heads.
            uniform: the states of the uniform variables.
            positional: the states of the other variables.
        """
        self.selection = selection
        self._uniform_rows = uniform
        self._positional = Projection(positional, selection.values)
        self._uniform = Projection(uniform, selection.values)
        self._whole = PairInterner()

    def by_row(self) -> Ids:
        """Returns the number of what is read from a position, by the number of its state."""
        return self._positional.by_row()

    def whole(self, numbers: Ids, uniform: Ids) -> Ids:
        """Returns readings in which the values of uniform variables make a difference.

        Args:
            numbers: readings of positions; shape (batch, length).
            uniform: the states of the uniform variables; shape (batch,).
        """
        if not self._uniform.names:
            return numbers
        values = self._uniform.by_row()[uniform][:, None]
        return np.where(numbers == 0, 0, self._whole.intern(numbers, values) + 1)

    def whole_column(self, head: str, whole: Ids) -> npt.NDArray[Any]:
        """Returns what one head reads, for numbers that `whole` gives."""
        name = self._name(head)
        numbers = np.maximum(whole - 1, 0)
        if not self._uniform.names:
            values = self._positional.column(name)[numbers]
        else:
            if not len(self._whole):
                return np.full(whole.shape, UNDEFINED_CODE)
            positional, uniform = self._whole.parts(numbers)
            if name in self._uniform.names:
                values = self._uniform.column(name)[uniform - 1]
            else:
                values = self._positional.column(name)[positional - 1]
        return np.where(whole == 0, UNDEFINED_CODE, values)

    def column(self, head: str, numbers: Ids, uniform: Ids) -> npt.NDArray[Any]:
        """Returns what one head reads, for arrays of readings and of uniform states."""
        name = self._name(head)
        if name in self._uniform.names:
            values = self._uniform_rows.column(name)[uniform]
        else:
            values = self._positional.column(name)[np.maximum(numbers - 1, 0)]
        return np.where(numbers == 0, UNDEFINED_CODE, values)

    def _name(self, head: str) -> str:
        return self.selection.values[self.selection.heads.index(head)]
