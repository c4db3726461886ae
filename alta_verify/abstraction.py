"""The abstraction: a program whose names all have finitely many values, numbered from 0.

A categorical variable is as it was. A set variable has the indices of its subsets. A numerical
variable can only ever hold what it starts with or what a rule assigns, so it has the indices of
these numbers, in ascending order; the numbers and not the buckets, since means depend on them. A
head output of numbers has the indices of its buckets, which are all that rules can tell apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any, final

from alta.lang.kinds import Categorical, Initial, Numerical
from alta.lang.program import HaltSpec, Program
from alta.lang.rules import Atom, Rule, RuleSet
from alta.lang.values import UNDEFINED, Value
from alta.limit import checkpoint

__all__ = ["UNDEFINED_VALUE", "Abstraction", "RuleCube", "Transition", "is_categorical"]

UNDEFINED_VALUE = -1
"""Stands for UNDEFINED among the indices of a head output."""


@final
@dataclass(frozen=True)
class RuleCube:
    """A rule by the local states in which it fires, as a product of sets.

    Attributes:
        cube: for each name that it tests, the values at which it may fire, by index.
        after: the index of the value that it assigns.
    """

    cube: Mapping[str, frozenset[int]]
    after: int

    def may_fire(self, cubes: Sequence[Mapping[str, frozenset[int]]]) -> bool:
        """Says whether it fires in some local state of some products of sets."""
        return any(
            not any(values.isdisjoint(cube[name]) for name, values in self.cube.items())
            for cube in cubes
        )


@final
@dataclass(frozen=True, eq=False)
class Abstraction:
    """A program with a finite one that does the same.

    Attributes:
        concrete: the program.
        finite: the same with indices in place of values: all its variables are categorical, and so
            are its rules. What its heads do is said by `keys` and `averages`.
        values: the values of every variable, by index.
    """

    concrete: Program
    finite: Program
    values: Mapping[str, tuple[Any, ...]]

    @classmethod
    def of(cls, program: Program) -> Abstraction:
        """Returns the abstraction of a program; that of a categorical one is the program itself."""
        values = {name: _values(program, name) for name in program.variables}
        # The values of a categorical variable are their own indices, so that nothing changes.
        if is_categorical(program):
            return cls(program, program, values)
        places = _places(values)
        variables = {
            name: Categorical(len(contents), _initial(program, name, places[name]))
            for name, contents in values.items()
        }
        # Of means that no rule tests there are no buckets; one index stands for all of them.
        outputs = {
            name: Categorical(max(1, program.domains[name].size), Initial("default", (0,)))
            for name in program.heads
        }
        rules = RuleSet(
            rule
            for concrete in program.rules
            for rule in _split(concrete.variable, _cube(program, concrete, values, places))
        )
        halt = program.halt
        if halt is not None:
            # A number that never occurs has no index.
            index = places[halt.variable].get(halt.value, len(values[halt.variable]))
            halt = HaltSpec(halt.variable, index)
        finite = replace(
            program, variables=variables, domains=variables | outputs, mlp=rules, halt=halt
        )
        return cls(program, finite, values)

    def cubes(self, variable: str) -> list[RuleCube]:
        """Returns the rules for a variable by where they fire, but for traps."""
        program = self.concrete
        return [
            _cube(program, rule, self.values, self._places)
            for rule in program.rules_by_variable[variable]
            if not program.is_trap(rule)
        ]

    @cached_property
    def _places(self) -> Mapping[str, Mapping[Any, int]]:
        return _places(self.values)

    def keys(self, name: str, query: int) -> frozenset[int]:
        """Returns the keys that a value of the variable of a query selects, all by index."""
        asked = self.values[name][query]
        return asked if isinstance(asked, frozenset) else frozenset({asked})

    def averages(self, name: str) -> bool:
        """Says whether a head gives the mean of all that it selects."""
        return isinstance(self.concrete.domains[name], Numerical)

    def amounts(self, name: str) -> tuple[Fraction, ...]:
        """Returns the numbers that a head averages, by index."""
        return self._amounts[self.concrete.heads[name].value]

    @cached_property
    def _amounts(self) -> Mapping[str, tuple[Fraction, ...]]:
        variables = self.concrete.variables.items()
        numbers = [name for name, variable in variables if isinstance(variable, Numerical)]
        return {name: tuple(map(Fraction, self.values[name])) for name in numbers}

    def bucket(self, name: str, mean: Fraction) -> int:
        """Returns the index that a head output has when it is a mean."""
        # As the interpreter does: a mean is rounded once to a float, and sorted into a bucket.
        return self.concrete.domains[name].index_of(float(mean))

    def index_of(self, name: str, value: Value) -> int:
        """Returns the index of a value that a name has in a run."""
        if value is UNDEFINED:
            return UNDEFINED_VALUE
        if name in self.concrete.heads:
            return self.concrete.domains[name].index_of(value)
        return self.values[name].index(value)

    def shown(self, name: str, index: int) -> str:
        """Returns an index in words."""
        if index == UNDEFINED_VALUE:
            return "UNDEFINED"
        if name in self.concrete.heads:
            return f"bucket {index}" if self.averages(name) else str(index)
        value = self.values[name][index]
        return str(set(value) or "{}") if isinstance(value, frozenset) else str(value)


@final
@dataclass(frozen=True)
class Transition:
    """A step of a position in a layer, by index: names after attention, variables after the MLP."""

    local: Mapping[str, int]
    after: Mapping[str, int]

    def is_of(self, pattern: Mapping[str, Set[int]]) -> bool:
        """Says whether its local state has one of the values that a pattern has for each name."""
        return all(self.local[name] in values for name, values in pattern.items())


def is_categorical(program: Program) -> bool:
    """Says whether all variables of a program are categorical, and so all that its heads give."""
    return all(isinstance(domain, Categorical) for domain in program.domains.values())


def _places(values: Mapping[str, tuple[Any, ...]]) -> dict[str, dict[Any, int]]:
    """Returns the index of every value of every variable."""
    return {name: {v: i for i, v in enumerate(contents)} for name, contents in values.items()}


def _values(program: Program, name: str) -> tuple[Any, ...]:
    """Returns all values that a variable can ever have."""
    variable = program.variables[name]
    if not isinstance(variable, Numerical):
        return variable.contents
    # There is no other way to come by a number, so these values are all: the abstraction is exact.
    return program.numbers(name)


def _initial(program: Program, name: str, places: Mapping[Any, int]) -> Initial:
    variable = program.variables[name]
    source, table = variable.initial.source, variable.initial.table
    if table is not None:
        return Initial(source, tuple(places[value] for value in table))
    return Initial(source, None, lambda argument: places[variable.computed(argument, name=name)])


def _cube(
    program: Program,
    rule: Rule,
    values: Mapping[str, tuple[Any, ...]],
    places: Mapping[str, Mapping[Any, int]],
) -> RuleCube:
    """Returns a rule over indices; one that tests for a bucket does so for every number in it."""
    cube = {}
    for atom in rule.atoms:
        variable = program.domains[atom.variable]
        indices = [atom.value]
        if isinstance(variable, Numerical) and atom.variable in program.variables:
            numbers = enumerate(values[atom.variable])
            indices = [i for i, value in numbers if variable.index_of(value) == atom.value]
        cube[atom.variable] = frozenset(indices)
    target = rule.variable
    # Out of range is out of range.
    trap = program.is_trap(rule)
    return RuleCube(cube, len(values[target]) if trap else places[target][rule.value])


def _split(variable: str, rule: RuleCube) -> Iterator[Rule]:
    """Yields the rules that test for single values and do what one rule does."""
    # Two of these rules differ in the index of some name, so that they never fire together: no
    # conflict arises that the program does not have. One that tests for no number never fires.
    for indices in product(*map(sorted, rule.cube.values())):
        checkpoint()
        yield Rule(tuple(map(Atom, rule.cube, indices)), variable, rule.after)
