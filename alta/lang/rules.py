"""Rules: the program's MLP as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import final

from alta.lang.variables import UNDEFINED, Value, normalise_value

__all__ = ["Atom", "Rule", "rule"]


@final
@dataclass(frozen=True, order=True)
class Atom:
    """Holds where `variable` has the value `value`; never where it is UNDEFINED."""

    variable: str
    value: int

    def __str__(self) -> str:
        return f"{self.variable}={self.value}"


@final
@dataclass(frozen=True, order=True)
class Rule:
    """Assigns `value` to `variable` wherever all `atoms` hold.

    A value out of the variable's range makes the rule a *trap*: it must never fire.
    """

    atoms: tuple[Atom, ...]
    variable: str
    value: int

    def fires(self, local: Mapping[str, Value]) -> bool:
        """Says whether all atoms hold in the state of one position."""
        return all(local[atom.variable] == atom.value for atom in self.atoms)

    def undefined_read(self, local: Mapping[str, Value]) -> str | None:
        """Returns the UNDEFINED variable on which alone it depends whether the rule fires.

        That is the case when at least one atom is on an UNDEFINED variable and every atom on a
        defined variable holds.
        """
        undefined: str | None = None
        for atom in self.atoms:
            value = local[atom.variable]
            if value is UNDEFINED:
                undefined = undefined or atom.variable
            elif value != atom.value:
                return None
        return undefined

    @property
    def contradictory(self) -> bool:
        """Says whether two atoms ask for different values of one variable."""
        return len({atom.variable for atom in self.atoms}) < len(self.atoms)

    @property
    def is_no_op(self) -> bool:
        """Says whether the atoms already say that the assigned value is there."""
        return Atom(self.variable, self.value) in self.atoms

    def excludes(self, other: Rule) -> bool:
        """Says whether some variable is tested for different values by the two rules."""
        mine = {atom.variable: atom.value for atom in self.atoms}
        return any(mine.get(atom.variable, atom.value) != atom.value for atom in other.atoms)

    def __str__(self) -> str:
        condition = " & ".join(map(str, self.atoms)) or "always"
        return f"{condition} -> {self.variable} := {self.value}"


def rule(
    where: Mapping[str, object] | Iterable[tuple[str, object]], variable: str, value: object
) -> Rule:
    """Builds a rule from plain values.

    Args:
        where: the conjunction: variable name to value. An empty one always holds.
        variable: the variable that is assigned.
        value: what it is assigned.

    Raises:
        ProgramError: when a value is not an int.
    """
    pairs = where.items() if isinstance(where, Mapping) else where
    atoms = {
        Atom(name, normalise_value(tested, what=f"value of {name!r} in a rule for {variable!r}"))
        for name, tested in pairs
    }
    return Rule(
        tuple(sorted(atoms)), variable, normalise_value(value, what=f"value for {variable!r}")
    )
