"""The program, with an index in place of every value.

The values of a variable are finitely many: those of a categorical one, the declared sets, and the
numbers that a numerical one starts with or that a rule assigns to it. A head that averages gives
bucket numbers. A set of values is a number, its *value bits*: bit 0 stands for UNDEFINED, bit i + 1
for index i.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, reduce
from itertools import pairwise
from math import lcm
from operator import or_
from typing import Any, Final, TypeAlias, final

from alta_verify.check.declared import (
    Declared,
    DeclaredHead,
    DeclaredLanguage,
    DeclaredRule,
    DeclaredVariable,
    Value,
)
from alta_verify.check.masks import Mask
from alta_verify.check.numbers import Format, nearest
from alta_verify.check.refused import Refused

__all__ = [
    "UNDEFINED",
    "Head",
    "Program",
    "Rule",
    "ValueBits",
    "Variable",
    "bits_of",
    "bucket_of",
    "indices",
]

ValueBits: TypeAlias = int
UNDEFINED: Final[ValueBits] = 1  # the set of UNDEFINED alone

_BINARY: Final = (Fraction(0), Fraction(1))


def bits_of(members: Iterable[int]) -> ValueBits:
    """Returns the set of some indices; -1 stands for UNDEFINED."""
    return reduce(or_, (1 << (index + 1) for index in members), 0)


def indices(bits: ValueBits) -> Iterator[int]:
    """Yields the indices in a set, in ascending order."""
    while bits:
        # The lowest bit that is set, as -x is ~x + 1 in two's complement.
        low = bits & -bits
        yield low.bit_length() - 2
        bits ^= low


@final
@dataclass(frozen=True)
class Variable:
    """A variable."""

    kind: str  # "range" (categorical), "values" (numerical) or "subsets"
    width: int  # how many coordinates it has
    values: tuple[Any, ...]  # by index: an int, a Fraction or a frozenset
    source: str  # what it starts from: "default", "token" or "position"
    table: tuple[int, ...]  # the index that it starts with, by token or position
    edges: tuple[Fraction, ...] = ()  # of a numerical one, the midpoints between its buckets
    numbers: tuple[
        Fraction, ...
    ] = ()  # of a numerical one, its values as a model's format has them

    @classmethod
    def of(cls, declared: DeclaredVariable, assigned: Iterable[Value]) -> Variable:
        """Returns what is declared, to which rules assign some values."""
        values: tuple[Any, ...] = declared.subsets
        if declared.kind == "range":
            values = tuple(range(declared.size))
        elif declared.kind == "values":
            # There is no other way to come by a number than to start with it or to be assigned it.
            values = tuple(sorted(map(Fraction, {*declared.table, *assigned})))  # type: ignore[arg-type]
        places = {value: place for place, value in enumerate(values)}
        table = tuple(places[value] for value in declared.table)
        edges = _edges(declared.points)
        return cls(declared.kind, declared.size, values, declared.source, table, edges)

    def start(self, token: int, position: int) -> int:
        """Returns the index that it starts with."""
        return self.table[{"default": 0, "token": token, "position": position}[self.source]]

    @cached_property
    def places(self) -> Mapping[Any, int]:
        """The index of each value."""
        return {value: index for index, value in enumerate(self.values)}

    @cached_property
    def tested(self) -> Mapping[int, ValueBits]:
        """For each index that a rule can test, the values that have it, if any."""
        # A rule that tests for a bucket stands for one rule for each number in it.
        tested: dict[int, ValueBits] = {}
        for index, value in enumerate(self.values):
            test = bucket_of(self.edges, value) if self.kind == "values" else index
            tested[test] = tested.get(test, 0) | bits_of([index])
        return tested

    @cached_property
    def amounts(self) -> tuple[tuple[int, ...], int]:
        """Its numbers, by index, as whole multiples of one over a unit, and the unit."""
        # Sums of whole numbers need no reduction to lowest terms.
        unit = lcm(*(number.denominator for number in self.values))
        return tuple(int(number * unit) for number in self.values), unit

    def stored(self, width: int, format_: Format) -> Variable:
        """Returns the variable as a model with so many coordinates for it has it."""
        if self.kind != "values":
            return self
        numbers = tuple(nearest(value, format_) for value in self.values)
        return replace(self, width=width, numbers=numbers)

    def code(self, index: int) -> tuple[Fraction, ...]:
        """Returns the coordinates that stand for a value.

        A number is in one coordinate, or is told by which of several, one for each number, is 1.
        """
        if self.kind == "values" and self.width == 1:
            return (self.numbers[index],)
        # The values of a categorical one are their own indices.
        members = self.values[index] if self.kind == "subsets" else {index}
        return tuple(_BINARY[place in members] for place in range(self.width))


@final
@dataclass(frozen=True)
class Head:
    """An attention head."""

    query: str | None
    key: str | None
    value: str
    mask: Mask  # the relative positions that it may select
    edges: tuple[Fraction, ...] | None  # between the buckets of the mean, if it averages
    size: int  # how many indices its output has
    width: int  # how many coordinates it has
    _buckets: dict[tuple[int, int], int] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, declared: DeclaredHead, value: Variable) -> Head:
        """Returns what is declared, given the variable that it reads."""
        return cls(
            declared.query,
            declared.key,
            declared.value,
            declared.mask,
            _edges(declared.points) if declared.averages else None,
            max(1, len(declared.points or ())) if declared.averages else len(value.values),
            value.width,
        )

    def bucket(self, total: int, count: int) -> int:
        """Returns the index of a mean, of which runs know the nearest float."""
        if (total, count) not in self._buckets:
            nearest = Fraction(float(Fraction(total, count)))
            self._buckets[total, count] = bucket_of(self.edges or (), nearest)
        return self._buckets[total, count]


@final
@dataclass(frozen=True)
class Rule:
    """Assigns where every name that it tests has one of some values."""

    tests: Mapping[str, ValueBits]  # for each name where the rule fires; never UNDEFINED
    variable: str
    value: int | None  # the index that is assigned; None for null or out of range, a trap
    text: str = field(compare=False)  # the rule as it is written

    @cached_property
    def weakened(self) -> Mapping[str, ValueBits]:
        """For each name where the rule fires or reads UNDEFINED."""
        return {name: bits | UNDEFINED for name, bits in self.tests.items()}


@final
@dataclass(frozen=True)
class Program:
    """A program, with the rules that assign each variable."""

    vocab: tuple[str, ...]
    positions: int | None
    variables: Mapping[str, Variable]
    heads: Mapping[str, Head]
    rules: Mapping[str, tuple[Rule, ...]]
    output: str
    halt: tuple[str, int] | None  # a variable, and the index at which a position has halted
    layers: int | tuple[int, ...] | None  # the number of them, or one for each length
    inputs: DeclaredLanguage

    @classmethod
    def of(cls, declared: Declared) -> Program:
        """Returns the program that is declared."""
        rules: dict[str, list[DeclaredRule]] = {name: [] for name in declared.variables}
        for rule in declared.rules:
            rules[rule.variable].append(rule)
        variables = {
            name: Variable.of(variable, (r.value for r in rules[name] if r.value is not None))
            for name, variable in declared.variables.items()
        }
        halt = declared.halt
        if halt is not None:
            # A number that never occurs has no index, and nothing ever halts.
            variable = variables[halt[0]]
            halt = halt[0], variable.places.get(halt[1], len(variable.values))
        return cls(
            declared.vocab,
            declared.positions,
            variables,
            {name: Head.of(head, variables[head.value]) for name, head in declared.heads.items()},
            {name: tuple(_rule(rule, variables) for rule in rules[name]) for name in variables},
            declared.output,
            halt,
            declared.layers,
            declared.language,
        )

    def stored(self, columns: Mapping[str, Sequence[int]], format_: Format) -> Program:
        """Returns the program with the codes that values have in a model."""
        variables = {
            name: variable.stored(len(columns.get(name, ())), format_)
            for name, variable in self.variables.items()
        }
        return replace(self, variables=variables)

    @property
    def names(self) -> tuple[str, ...]:
        """All variables and heads."""
        return (*self.variables, *self.heads)

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """How many values each name has, UNDEFINED aside."""
        sizes = {name: len(variable.values) for name, variable in self.variables.items()}
        return sizes | {name: head.size for name, head in self.heads.items()}

    def asked(self, query: str, index: int) -> ValueBits:
        """Returns the keys that a value of a query selects."""
        value = self.variables[query].values[index]
        return bits_of(value if isinstance(value, frozenset) else [value])

    def like_tokens(self, names: Container[str]) -> dict[int, int]:
        """Maps every token to the first one with which variables of some names start alike."""
        tables = [
            variable.table
            for name, variable in self.variables.items()
            if name in names and variable.source == "token"
        ]
        first: dict[tuple[int, ...], int] = {}
        return {
            token: first.setdefault(tuple(table[token] for table in tables), token)
            for token in range(len(self.vocab))
        }

    def bound(self, length: int) -> int | None:
        """Returns how many layers a run on an input of some length has at most."""
        if not isinstance(self.layers, tuple):
            return self.layers
        if length >= len(self.layers):
            raise Refused(
                f"the program has no number of layers for {length} tokens, only for up to "
                f"{len(self.layers) - 1}; try a smaller max_len"
            )
        return self.layers[length]


def bucket_of(edges: Sequence[Fraction], number: Fraction) -> int:
    """Returns the bucket of a number, which is above the edges before it, and at most the next."""
    return bisect_left(edges, number)


def _edges(points: Sequence[float] | None) -> tuple[Fraction, ...]:
    """Returns the midpoints between neighbouring points."""
    return tuple((low + high) / 2 for low, high in pairwise(map(Fraction, points or ())))


def _rule(declared: DeclaredRule, variables: Mapping[str, Variable]) -> Rule:
    tests = {
        # Where no number is in a bucket, the test holds of none, and the rule never fires.
        name: variables[name].tested.get(index, 0) if name in variables else bits_of([index])
        for name, index in declared.atoms
    }
    # No index means a trap. Numbers have one: those that rules assign are among the values. Null is
    # no value of any variable.
    value = variables[declared.variable].places.get(declared.value)
    return Rule(tests, declared.variable, value, declared.text)
