"""Effects: what the MLP does to states, as numbers, each worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.codes import Codes
from alta.interp.batch.interning import GrowingColumn, Ids, Interner, PairInterner, Rows
from alta.interp.batch.trie import Column
from alta.lang.values import Value

__all__ = ["FAILS", "NOTHING", "Effect", "EffectFinder", "Effects", "Situations", "Successors"]

Effect = Mapping[str, Value] | None
"""The variables that are assigned, with their values; None where there is no next state."""

NOTHING: Final = 0
"""The number of the effect that assigns nothing, and of the case in which nothing is assigned."""

FAILS: Final = -1
"""Stands for the next state where there is none."""


@final
class Effects:
    """A numbering of distinct effects, in the order in which they come up."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[tuple[str, Value], ...] | None, int] = {(): NOTHING}
        self._effects: list[Effect] = [{}]

    def __getitem__(self, number: int) -> Effect:
        return self._effects[number]

    def number(self, effect: Effect) -> int:
        """Returns the number of an effect; one that is new gets the next number."""
        # Sorted, so that the order in which rules fire does not matter.
        key = None if effect is None else tuple(sorted(effect.items()))
        if key not in self._numbers:
            self._numbers[key] = len(self._effects)
            self._effects.append(effect)
        return self._numbers[key]


class EffectFinder(Protocol):
    """What finds out what the MLP does to local states, in two parts.

    `shared` looks at the uniform names, once for all positions, and comes to what is done to the
    uniform variables and to a *case*: what is left for positions to decide. `local` looks at the
    other names. States of the uniform names that lead to one case need not be told apart by what
    happens at a position.
    """

    def shared(self, columns: Mapping[str, Column], count: int) -> tuple[Ids, Ids]:
        """Returns what is done to uniform variables, and the cases, for some states.

        In the case `NOTHING` nothing happens at any position.
        """
        ...

    def tested(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        """Returns those columns, of names that are not uniform, that make a difference."""
        ...

    def local(
        self,
        case: int,
        columns: Mapping[str, Column],
        states: npt.NDArray[np.intp],
        effects: Ids,
    ) -> None:
        """Writes into `effects` what is done to the other variables in those states of a case.

        The columns are what `tested` gives.
        """
        ...


@final
class Situations:
    """The effects at positions, by their case and by the values that rules test.

    There are fewer of these than states of positions: a position may hold what no rule tests, such
    as its address.
    """

    def __init__(self, finder: EffectFinder) -> None:
        self._finder = finder
        self._cases = Interner()
        self._tables: dict[str, PairInterner] = {}
        self._effects = GrowingColumn()

    def effects(self, cases: Ids, columns: Mapping[str, Column]) -> Ids:
        """Returns what is done at positions, by their cases and the codes of all other names."""
        # The key is the case with one tested value after the other, interned pair by pair.
        tested = self._finder.tested(columns)
        numbers = self._cases.intern(cases.astype(np.int64))
        for name, column in tested.items():
            table = self._tables.setdefault(name, PairInterner())
            # UNDEFINED is -1.
            numbers = table.intern(numbers, column + 1)
        new = np.flatnonzero(numbers >= len(self._effects))
        if new.size:
            _, first = np.unique(numbers[new], return_index=True)
            self._effects.extend(self._worked_out(cases, tested, new[first]))
        return self._effects.values[numbers]

    def _worked_out(
        self,
        cases: Ids,
        columns: Mapping[str, Column],
        positions: np.ndarray[tuple[int], np.dtype[np.intp]],
    ) -> Ids:
        """Returns what is done at some of the positions, worked out case by case."""
        effects = np.empty(len(cases), dtype=np.int32)
        # Positions of one case lie side by side once they are sorted, and are worked out together.
        order = positions[np.argsort(cases[positions], kind="stable")]
        starts = np.flatnonzero(np.diff(cases[order], prepend=-1)).tolist()
        for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
            alike = order[start:end]
            self._finder.local(int(cases[alike[0]]), columns, alike, effects)
        return effects[positions]


@final
class Successors:
    """The rows that effects turn rows into, each pair worked out once."""

    def __init__(self, rows: Rows, effects: Effects, codes: Codes) -> None:
        self._codes = codes
        self._rows = rows
        self._effects = effects
        self._pairs = PairInterner()
        self._after = GrowingColumn()

    def after(self, effects: Ids, rows: Ids) -> Ids:
        """Returns the rows after some effects, or FAILS."""
        # All rules read the state before the layer, so that effect and row settle the next row.
        numbers = self._pairs.intern(effects, rows)
        new = np.arange(len(self._after), len(self._pairs), dtype=np.int32)
        pairs = zip(*(part.tolist() for part in self._pairs.parts(new)), strict=True)
        self._after.extend([self._successor(effect, row) for effect, row in pairs])
        return self._after.values[numbers]

    def _successor(self, effect: int, row: int) -> int:
        assigned = self._effects[effect]
        if assigned is None:
            return FAILS
        if not assigned:
            return row
        values = list(self._rows[row])
        for name, value in assigned.items():
            values[self._rows.names.index(name)] = self._codes.code(name, value)
        return self._rows.number(tuple(values))
