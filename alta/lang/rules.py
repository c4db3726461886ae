"""Rules: the program's MLP as data, its canonical form, and which rules matter in one state.

The canonical form is checked, merged, without those that change nothing, and sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Self, final

import numpy as np

from alta.errors import ProgramError, nearest
from alta.lang.heads import Head, domains_of
from alta.lang.kinds import UNTESTABLE, Categorical, Numerical, Variable
from alta.lang.values import (
    UNDEFINED,
    Defined,
    Undefined,
    normalise_float,
    normalise_set,
    normalise_value,
    show_value,
)

__all__ = [
    "Atom",
    "MLPBuilder",
    "Rule",
    "RuleIndex",
    "RuleSet",
    "assigned_value",
    "canonical_rules",
    "check_assignable",
    "rule",
]

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

    A value that the variable cannot hold makes the rule a *trap*: it must never fire. No variable
    holds null, written None, which takes the value away and gives none.
    """

    atoms: tuple[Atom, ...]
    variable: str
    value: Defined | None

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
            # One atom that is defined and fails keeps the rule from firing, whatever others do.
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
class RuleSet(tuple[Rule, ...]):
    """The rules of a program's MLP, with the function that they were read from, if there is one."""

    function: Callable[[Any], object] | None

    def __new__(
        cls, rules: Iterable[Rule] = (), function: Callable[[Any], object] | None = None
    ) -> Self:
        """Takes the rules, and what they were read from."""
        rule_set = super().__new__(cls, rules)
        rule_set.function = function
        return rule_set

    def __reduce__(self) -> tuple[Any, ...]:
        """Has rules pickled and copied without the function, which few functions could be."""
        return RuleSet, (tuple(self),)

    def get_rules(self) -> list[Rule]:
        """Returns the rules as a list, as in the published API."""
        return list(self)


@final
class RuleIndex:
    """An index of rules by the state in which they fire, or would but for an UNDEFINED variable.

    Rules, none of which tests a variable twice, that test the same variables are one table, looked
    up by the indices they test.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
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
        """Returns the rules whose atoms on defined variables all hold, in their order."""
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
        value: what it is assigned: an int, a number or a set; None for null, which makes a trap.

    Raises:
        ProgramError: when an index is not an int, or the value no int, number or set.
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


def assigned_value(
    value: object, *, where: str, variable: Variable | None = None
) -> Defined | None:
    """Returns a value as its variable has it, or as it is written while that is not known."""
    # Null is the zero vector: every kind of variable can be told to become it, and none may.
    if value is None:
        return None
    if variable is not None:
        normalised: Defined = variable.normalise(value, where=where)
        return normalised
    # Before a program is built nothing but the value's type says which kind is meant.
    if isinstance(value, (float, np.floating)):
        return normalise_float(value, where=where)
    if isinstance(value, AbstractSet):
        return normalise_set(value, where=where)
    return normalise_value(value, where=where)


@final
class MLPBuilder:
    """A collection of rules from loops such as ``for done, left in b.get("done", "left"): …``.

    Inside a loop, `set` adds a rule whose atoms are the values that the enclosing loops stand at.
    """

    def __init__(self, variables: Mapping[str, Variable], heads: Mapping[str, Head]) -> None:
        """Takes the variables and heads that the rules may name."""
        self._domains = domains_of(variables, heads)
        self._context: dict[str, int] = {}
        self._rules: dict[Rule, None] = {}

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules collected so far, in the order of the calls of `set`."""
        return tuple(self._rules)

    # The element is a value for one name and a tuple for several, as in the published API.
    def get(self, *names: str) -> Iterator[Any]:
        """Iterates over the values of one variable, or over tuples of values of several.

        The values are ints for a categorical variable, the declared numbers for a numerical one
        and the declared frozensets for a set. A variable that an enclosing loop already stands at
        keeps its value.

        Raises:
            ProgramError: when a name is unknown, or a numerical variable has no `values`.
        """
        for name in names:
            if name not in self._domains:
                raise ProgramError(
                    f"MLPBuilder.get({name!r}): no such variable or head; "
                    f"{nearest(name, self._domains)}"
                )
            if not self._domains[name].size:
                raise ProgramError(f"MLPBuilder.get({name!r}): the numerical variable {UNTESTABLE}")
        if not names:
            raise ProgramError("MLPBuilder.get(): expected at least one variable name")
        return self._loop(names)

    def _loop(self, names: tuple[str, ...]) -> Iterator[Any]:
        for _ in self._fork(names):
            values = tuple(self._domains[name].contents[self._context[name]] for name in names)
            yield values[0] if len(names) == 1 else values

    def _fork(self, names: tuple[str, ...]) -> Iterator[None]:
        if not names:
            yield
        elif names[0] in self._context:
            yield from self._fork(names[1:])
        else:
            # A loop may be left early; what encloses it then stands at the name no longer.
            try:
                for index in range(self._domains[names[0]].size):
                    self._context[names[0]] = index
                    yield from self._fork(names[1:])
            finally:
                self._context.pop(names[0], None)

    def set(self, name: str, value: object) -> None:
        """Adds the rule: where the enclosing loops stand, `name` is assigned `value`.

        None takes the value of `name` away and gives none. Like a value out of range it makes a
        trap: the interpreter raises `RangeError` where it fires, and no correct program fires it.

        Raises:
            ProgramError: when the value is no int, number, set or None. Names and ranges are
                checked when the program is built.
        """
        where = f"MLPBuilder.set({name!r}, …)"
        assigned = assigned_value(value, where=where, variable=self._domains.get(name))
        # Sorted, so that nested loops in another order make the same rule.
        atoms = tuple(sorted(Atom(*pair) for pair in self._context.items()))
        self._rules[Rule(atoms, name, assigned)] = None


_Place = tuple[int, int, Atom]  # An atom, and what it is sorted by.


def canonical_rules(
    rules: Iterable[Rule],
    variables: Mapping[str, Variable],
    heads: Mapping[str, Head],
    domains: Mapping[str, Variable],
) -> tuple[Rule, ...]:
    """Returns the canonical form of rules; the error names the first rule that is malformed."""
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
            # Sets are compared by their sorted members, since `<` of sets is inclusion. Null is
            # compared with nothing, and comes last.
            last = sorted(value) if isinstance(value, frozenset) else value
            key = target, [place[:2] for place in conjunction], value is None, last
            keys[Rule(atoms, rule.variable, value)] = key
    return tuple(sorted(keys, key=keys.__getitem__))


def check_assignable(
    name: str, variables: Mapping[str, Variable], heads: Mapping[str, Head], where: str
) -> None:
    """Checks that a name is one that rules may assign; `where` says where it stands."""
    if not isinstance(name, str):
        raise ProgramError(f"{where}: expected the name of a variable, got {name!r}")
    if name in heads:
        raise ProgramError(
            f"{where}: {name!r} is a head output, which only attention writes; "
            "use a variable and copy the head output into it"
        )
    if name not in variables:
        raise ProgramError(f"{where}: no variable {name!r}; {nearest(name, variables)}")


def _is_no_op(
    conjunction: list[_Place], target: int, assigned: Variable, value: Defined | None
) -> bool:
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
    return assigned_value(rule.value, where=f"value that rule '{rule}' assigns", variable=assigned)


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
