"""The canonical form of rules: checked, merged, without those that change nothing, sorted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from alta.errors import ProgramError, nearest
from alta.lang.heads import Head
from alta.lang.kinds import UNTESTABLE, Categorical, Numerical, Variable
from alta.lang.rules import Atom, Rule
from alta.lang.values import Defined, normalise_value

__all__ = ["canonical_rules", "check_assignable"]

_Place = tuple[int, int, Atom]  # An atom, and what it is sorted by.


def canonical_rules(
    rules: Iterable[Rule],
    variables: Mapping[str, Variable],
    heads: Mapping[str, Head],
    domains: Mapping[str, Variable],
) -> tuple[Rule, ...]:
    """Returns the rules checked, merged, without those that never change anything, sorted.

    Raises:
        ProgramError: naming the first rule that is malformed.
    """
    # Rules are sorted by what they assign, then by their atoms, both in the order of declaration,
    # so that the order in which they are written is no part of the program.
    order = {name: index for index, name in enumerate(domains)}
    # Atoms are few and rules are many: each atom is checked once.
    places: dict[Atom, _Place] = {}
    keys: dict[Rule, tuple[Any, ...]] = {}
    for rule in rules:
        if not isinstance(rule, Rule):
            raise ProgramError(
                f"rules: expected the result of alta.rule or MLPBuilder.rules, got {rule!r}"
            )
        if rule.variable not in variables:
            check_assignable(rule.variable, variables, heads, f"rule '{rule}' assigns")
        assigned = domains[rule.variable]
        value = _checked_value(rule, assigned)
        for atom in rule.atoms:
            if atom not in places:
                checked = _checked_atom(atom, rule, domains)
                places[atom] = order[checked.variable], checked.value, checked
        conjunction = sorted({places[atom] for atom in rule.atoms})
        target = order[rule.variable]
        if not _is_no_op(conjunction, target, assigned, value):
            atoms = tuple([atom for *_, atom in conjunction])
            # Sets are compared by their sorted members, since `<` of sets is inclusion.
            last = sorted(value) if isinstance(value, frozenset) else value
            key = target, [place[:2] for place in conjunction], last
            keys[Rule(atoms, rule.variable, value)] = key
    return tuple(sorted(keys, key=keys.__getitem__))


def check_assignable(
    name: str, variables: Mapping[str, Variable], heads: Mapping[str, Head], where: str
) -> None:
    """Checks that a name is one that rules may assign.

    Raises:
        ProgramError: when it is no variable, saying where it stands.
    """
    if not isinstance(name, str):
        raise ProgramError(f"{where}: expected the name of a variable, got {name!r}")
    if name in heads:
        raise ProgramError(
            f"{where}: {name!r} is a head output, which only attention writes; "
            "use a variable and copy the head output into it"
        )
    if name not in variables:
        raise ProgramError(f"{where}: no variable {name!r}; {nearest(name, variables)}")


def _is_no_op(conjunction: list[_Place], target: int, assigned: Variable, value: Defined) -> bool:
    # A rule never fires when two atoms ask for different values of one name.
    if any(atom[0] == following[0] for atom, following in pairwise(conjunction)):
        return True
    # It never changes anything when an atom says that the assigned value is there; but a bucket
    # does not say which of its numbers is there, so that is never so for numbers.
    if isinstance(assigned, Numerical):
        return False
    tested = next((index for name, index, _ in conjunction if name == target), None)
    return tested is not None and assigned.holds(value) and assigned.index_of(value) == tested


def _checked_value(rule: Rule, assigned: Variable) -> Any:
    if type(rule.value) is int and isinstance(assigned, Categorical):
        return rule.value
    return assigned.normalise(rule.value, where=f"value that rule '{rule}' assigns")


def _checked_atom(atom: Atom, rule: Rule, domains: Mapping[str, Variable]) -> Atom:
    domain = domains.get(atom.variable)
    if domain is None:
        raise ProgramError(
            f"rule '{rule}': no variable or head {atom.variable!r}; "
            f"{nearest(atom.variable, domains)}"
        )
    size = domain.size
    if type(atom.value) is int and 0 <= atom.value < size:
        return atom
    value = normalise_value(atom.value, where=f"rule '{rule}': value of {atom.variable!r}")
    if 0 <= value < size:
        return Atom(atom.variable, value)
    if not size:
        raise ProgramError(f"rule '{rule}': the numerical variable {atom.variable!r} {UNTESTABLE}")
    indices = {"numerical": "buckets", "set": "subsets"}.get(domain.kind, "values")
    raise ProgramError(
        f"rule '{rule}': {atom.variable!r} has the {indices} 0 … {size - 1}, so the test "
        f"'{atom}' can never hold"
    )
