"""Starts: the states before the first layer."""

from __future__ import annotations

from typing import final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.codes import Codes
from alta.interp.batch.interning import PairInterner
from alta.interp.batch.rows import GrowingColumn, Rows
from alta.interp.batch.states import StateRows, States
from alta.lang.program import Program

__all__ = ["Starts"]


@final
class Starts:
    """Gives the first states; a token at a position settles the first state there, once for all."""

    def __init__(self, program: Program, rows: StateRows, codes: Codes) -> None:
        """Starts without any.

        Args:
            program: whose variables have first values.
            rows: where their states get numbers.
            codes: translates their values.
        """
        self._variables = program.variables
        self._rows = rows
        self._codes = codes
        self._places = PairInterner()
        self._numbers = GrowingColumn()

    def states(self, tokens: npt.NDArray[np.int64]) -> States:
        """Returns the states before the first layer.

        Args:
            tokens: valid tokens of shape (batch, length).

        Raises:
            ProgramError: when a position function gives no value of its variable.
        """
        batch, length = tokens.shape
        uniform = np.full(batch, self._first(self._rows.uniform, 0, 0), dtype=np.int32)
        places = self._places.intern(tokens, np.arange(length))
        new = np.arange(len(self._numbers), len(self._places), dtype=np.int32)
        for token, position in zip(
            *(part.tolist() for part in self._places.parts(new)), strict=True
        ):
            self._numbers.extend((self._first(self._rows.positional, token, position),))
        return States(uniform, self._numbers.values[places])

    def _first(self, rows: Rows, token: int, position: int) -> int:
        row = []
        for name in rows.names:
            value = self._variables[name].initial_value(token, position, name=name)
            row.append(self._codes.code(name, value))
        return rows.number(tuple(row))
