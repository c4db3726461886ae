"""Situations: what of a position's state makes a difference to what happens there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import numpy as np

from alta.interp.batch.effects import EffectFinder
from alta.interp.batch.interning import Ids, Interner, PairInterner
from alta.interp.batch.rows import GrowingColumn
from alta.interp.batch.trie import Column

__all__ = ["Situations"]


@final
class Situations:
    """Knows the effects at positions by their case and by the values that rules test.

    There are fewer of these than states of positions: a position may hold what no rule tests, such
    as its address.
    """

    def __init__(self, finder: EffectFinder) -> None:
        """Starts without any.

        Args:
            finder: finds the effects.
        """
        self._finder = finder
        self._cases = Interner()
        self._tables: dict[str, PairInterner] = {}
        self._effects = GrowingColumn()

    def effects(self, cases: Ids, columns: Mapping[str, Column]) -> Ids:
        """Returns what is done at positions.

        Args:
            cases: the cases that they are in.
            columns: the codes of all names that are not uniform.
        """
        tested = self._finder.tested(columns)
        numbers = self._cases.intern(cases.astype(np.int64))
        for name, column in tested.items():
            table = self._tables.setdefault(name, PairInterner())
            # UNDEFINED is -1.
            numbers = table.intern(numbers, column + 1)
        unknown = np.flatnonzero(numbers >= len(self._effects))
        if unknown.size:
            _, first = np.unique(numbers[unknown], return_index=True)
            self._effects.extend(self._found(cases, tested, unknown[first]))
        return self._effects.values[numbers]

    def _found(
        self,
        cases: Ids,
        columns: Mapping[str, Column],
        positions: np.ndarray[tuple[int], np.dtype[np.intp]],
    ) -> Ids:
        """Returns what is done at some of the positions, worked out case by case."""
        effects = np.empty(len(cases), dtype=np.int32)
        order = positions[np.argsort(cases[positions], kind="stable")]
        starts = np.flatnonzero(np.diff(cases[order], prepend=-1)).tolist()
        for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
            here = order[start:end]
            self._finder.own(int(cases[here[0]]), columns, here, effects)
        return effects[positions]
