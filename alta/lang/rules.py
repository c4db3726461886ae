"""Rules: the program's MLP as data, and which of many rules matter in one state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from typing import final

import numpy as np

from alta.errors import ProgramError
from alta.lang.kinds import Variable
from alta.lang.values import (
    UNDEFINED,
    Defined,
    Undefined,
    normalise_float,
    normalise_set,
    normalise_value,
    show_value,
)

__all__ = ["Atom", "Rule", "RuleIndex", "assigned_value", "rule"]

_Numbers = Mapping[tuple[int, ...], Sequence[int]]


@final
@dataclass(frozen=True, order=True)
class Atom:
    """A test that holds where `variable` has the value of index `value`, never where UNDEFINED.

    The index is the value itself for a categorical variable, the bucket for a numerical one, and
    the place among the declared subsets for a set (`Variable.index_of`).
    """

    variable: str
    value: int

    def __str__(self) -> str:
        return f"{self.variable}={self.value}"


@final
@dataclass(frozen=True, order=True)
class Rule:
    """An assignment of `value` to `variable` wherever all `atoms` hold.

    A value that the variable cannot hold makes the rule a *trap*: it must never fire.
    """

    atoms: tuple[Atom, ...]
    variable: str
    value: Defined

    def fires(self, local: Mapping[str, int | Undefined]) -> bool:
        """Says whether all atoms hold in one position's state, given by indices."""
        return all(local[atom.variable] == atom.value for atom in self.atoms)

    def undefined_read(self, local: Mapping[str, int | Undefined]) -> str | None:
        """Returns the UNDEFINED variable on which alone it depends whether the rule fires.

        That is the case when at least one atom is on an UNDEFINED variable and every atom on a
        defined variable holds.
        """
        undefined: str | None = None
        for atom in self.atoms:
            value = local[atom.variable]
            if value is UNDEFINED:
                undefined = undefined or atom.variable
            # One atom that is defined and fails keeps the rule from firing, whatever the others
            # are.
            elif value != atom.value:
                return None
        return undefined

    def excludes(self, rule: Rule) -> bool:
        """Says whether some variable is tested for different values by the two rules."""
        # Such rules fire together in no state at all, whatever is reached.
        tested = {atom.variable: atom.value for atom in self.atoms}
        return any(tested.get(atom.variable, atom.value) != atom.value for atom in rule.atoms)

    def __str__(self) -> str:
        condition = " & ".join(map(str, self.atoms)) or "always"
        return f"{condition} -> {self.variable} := {show_value(self.value)}"


@final
class RuleIndex:
    """An index of rules by the state in which they fire, or would but for an UNDEFINED variable.

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
        # One look-up for each set of names that are tested together, however many rules there are.
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


def rule(
    where: Mapping[str, object] | Iterable[tuple[str, object]], variable: str, value: object
) -> Rule:
    """Builds a rule from plain values.

    Args:
        where: the conjunction: variable name to the index of a value, which for a categorical
            variable is the value, for a numerical one the bucket and for a set the place among
            the declared subsets. An empty one always holds.
        variable: the variable that is assigned.
        value: what it is assigned: an int, a number or a set.

    Raises:
        ProgramError: when an index is not an int, or the value nothing that a variable can hold.
    """
    try:
        pairs = [
            (name, tested)
            for name, tested in (where.items() if isinstance(where, Mapping) else where)
        ]
    except (TypeError, ValueError) as error:
        raise ProgramError(
            f"rule for {variable!r}: expected a condition such as {{'x': 1}}, got {where!r}"
        ) from error
    atoms = {
        Atom(name, normalise_value(tested, where=f"value of {name!r} in a rule for {variable!r}"))
        for name, tested in pairs
    }
    return Rule(
        tuple(sorted(atoms)), variable, assigned_value(value, where=f"value for {variable!r}")
    )


def assigned_value(value: object, *, where: str, variable: Variable | None = None) -> Defined:
    """Returns a value as its variable has it, or as it is written while that is not known.

    Raises:
        ProgramError: when it is no int, number or set, or not what the variable asks for.
    """
    if variable is not None:
        normalised: Defined = variable.normalise(value, where=where)
        return normalised
    # Before a program is built nothing but the value's type says which kind is meant.
    if isinstance(value, (float, np.floating)):
        return normalise_float(value, where=where)
    if isinstance(value, AbstractSet):
        return normalise_set(value, where=where)
    return normalise_value(value, where=where)
