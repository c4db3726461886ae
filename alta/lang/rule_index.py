"""The rule index: which of many rules matter in one state of a position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import final

from alta.lang.rules import Rule
from alta.lang.values import Undefined

__all__ = ["RuleIndex"]

_Numbers = Mapping[tuple[int, ...], Sequence[int]]


@final
class RuleIndex:
    """Finds the rules that fire, or would but for an UNDEFINED variable, without trying them all.

    Rules that test the same variables are one table, looked up by the indices they test.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Takes rules that test no variable twice."""
        self._rules = rules
        tables: dict[tuple[str, ...], dict[tuple[int, ...], list[int]]] = {}
        for number, rule in enumerate(rules):
            names = tuple(atom.variable for atom in rule.atoms)
            indices = tuple(atom.value for atom in rule.atoms)
            tables.setdefault(names, {}).setdefault(indices, []).append(number)
        self._tables = tables
        self.names = frozenset(name for names in tables for name in names)
        # What is left of a table where some of its variables are UNDEFINED.
        self._narrowed = cache(self._narrow)

    def relevant(self, local: Mapping[str, int | Undefined]) -> list[Rule]:
        """Returns the rules whose atoms on defined variables all hold, in their order.

        Args:
            local: the index of every name in `names`.
        """
        numbers: list[int] = []
        for names, table in self._tables.items():
            indices = [local[name] for name in names]
            defined = tuple(index for index in indices if isinstance(index, int))
            if len(defined) < len(indices):
                mask = tuple(isinstance(index, int) for index in indices)
                numbers += self._narrowed(names, mask).get(defined, ())
            else:
                numbers += table.get(defined, ())
        return [self._rules[number] for number in sorted(numbers)]

    def _narrow(self, names: tuple[str, ...], mask: tuple[bool, ...]) -> _Numbers:
        narrowed: dict[tuple[int, ...], list[int]] = {}
        for indices, numbers in self._tables[names].items():
            kept = tuple(index for index, defined in zip(indices, mask, strict=True) if defined)
            narrowed.setdefault(kept, []).extend(numbers)
        return narrowed
