"""States of many sequences as numbers: what they mean, the first ones, and those that were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.codes import Codes
from alta.interp.batch.interning import GrowingColumn, Ids, PairInterner, Rows
from alta.lang.program import Program

__all__ = ["Past", "Starts", "StateRows", "States"]


@final
@dataclass
class States:
    """The states of some equally long sequences.

    Attributes:
        uniform: the states of the uniform variables; shape (batch,).
        positional: the states of the other variables; shape (batch, length).
    """

    uniform: Ids
    positional: Ids

    def restricted(self, rows: npt.NDArray[np.intp] | slice) -> States:
        """Returns the states of some of the sequences."""
        return States(self.uniform[rows], self.positional[rows])


@final
@dataclass(frozen=True)
class StateRows:
    """What the numbers of states mean.

    Attributes:
        uniform: the states of the uniform variables.
        positional: the states of the other variables.
    """

    uniform: Rows
    positional: Rows

    def column(self, name: str, states: States) -> npt.NDArray[Any]:
        """Returns the codes of a variable; shape (batch, length), or (batch, 1) if uniform."""
        if name in self.uniform.names:
            return self.uniform.column(name)[states.uniform][:, None]
        return self.positional.column(name)[states.positional]


@final
class Starts:
    """The states before the first layer: one for each token at a position, worked out once."""

    def __init__(self, program: Program, rows: StateRows, codes: Codes) -> None:
        self._variables = program.variables
        self._rows = rows
        self._codes = codes
        self._places = PairInterner()
        self._numbers = GrowingColumn()

    def states(self, tokens: npt.NDArray[np.int64]) -> States:
        """Returns the states before the first layer, for valid tokens of shape (batch, length).

        Raises:
            ProgramError: when a position function gives no value of its variable.
        """
        batch, length = tokens.shape
        # Uniform variables start with the same value at every position and token.
        uniform = np.full(batch, self._first(self._rows.uniform, 0, 0), dtype=np.int32)
        # A first value depends on token and position alone, so a pair of the two settles it.
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


@final
class Past:
    """The states that sequences were in."""

    def __init__(self, states: States) -> None:
        self._seen: list[set[bytes]] = [set() for _ in states.uniform]
        self.is_new(states)

    def keep(self, rows: npt.NDArray[np.intp]) -> None:
        """Goes on with some of the sequences."""
        self._seen = [self._seen[row] for row in rows.tolist()]

    def is_new(self, states: States) -> npt.NDArray[np.bool_]:
        """Says which sequences are in a state that they were not in before, and remembers it."""
        # States are numbers, so a row of numbers is the state of the whole sequence.
        rows = np.concatenate([states.uniform[:, None], states.positional], axis=1)
        new = np.empty(len(rows), dtype=bool)
        for index, (row, seen) in enumerate(zip(rows, self._seen, strict=True)):
            size = len(seen)
            # Kept whole, not as a hash: two states that collide are no repetition.
            seen.add(row.tobytes())
            new[index] = len(seen) > size
        return new
