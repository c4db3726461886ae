"""The effects of an MLP function that has too many paths to be turned into rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import numpy as np
import numpy.typing as npt

from alta.errors import ExecutionError
from alta.interp.batch.codes import Codes
from alta.interp.batch.effects import NOTHING, Effect, Effects
from alta.interp.batch.interning import Ids
from alta.interp.batch.trie import Column
from alta.interp.step import transition
from alta.lang.program import Program
from alta.lang.values import Value

__all__ = ["FunctionEffects"]


@final
class FunctionEffects:
    """Runs an MLP function in every local state.

    Nothing is known of what it reads, so there is a case for every state of the uniform names.
    """

    def __init__(self, program: Program, codes: Codes, effects: Effects) -> None:
        """Takes a program whose function cannot be turned into rules.

        Args:
            program: the program.
            codes: translates its values.
            effects: numbers the effects.
        """
        self._effects = effects
        self._program = program
        self._codes = codes
        self._cases: list[dict[str, Value]] = [{}]

    def shared(self, columns: Mapping[str, Column], count: int) -> tuple[Ids, Ids]:
        """Returns new cases; there are no uniform variables to which anything could be done."""
        first = len(self._cases)
        self._cases += [self._local(columns, state) for state in range(count)]
        cases = np.arange(first, first + count, dtype=np.int32)
        return np.full(count, NOTHING, dtype=np.int32), cases

    def tested(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        """Returns all that a function may read at positions."""
        return dict(columns)

    def own(
        self,
        case: int,
        columns: Mapping[str, Column],
        states: npt.NDArray[np.intp],
        effects: Ids,
    ) -> None:
        """Finds out what is done at positions; as for `EffectFinder`."""
        for state in states.tolist():
            local = self._cases[case] | self._local(columns, state)
            try:
                effect: Effect = transition(self._program, local)
            except ExecutionError:
                effect = None
            effects[state] = self._effects.number(effect)

    def _local(self, columns: Mapping[str, Column], state: int) -> dict[str, Value]:
        return {
            name: self._codes.value(name, int(column[state])) for name, column in columns.items()
        }
