"""Meaning: variables, heads, rules and programs, as the description of the language has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

__all__ = ["Head", "Program", "Rule", "Variable", "bucket", "sensible"]

Value = Any
"""An int, a float, a frozenset of ints, or None for UNDEFINED."""


@dataclass(frozen=True)
class Variable:
    """A variable.

    Attributes:
        kind: "categorical", "numerical" or "set".
        size: the range of a categorical one, or of the members of a set; 1 for a number.
        points: the points of a numerical one; None for none.
        subsets: the values of a set.
        source: "default", "token" or "position".
        table: the first values, by token or position.
    """

    kind: str
    size: int
    points: tuple[float, ...] | None
    subsets: tuple[frozenset[int], ...]
    source: str
    table: tuple[Value, ...]

    def start(self, token: int, position: int) -> Value:
        """The first value."""
        return self.table[{"default": 0, "token": token, "position": position}[self.source]]

    def holds(self, value: Value) -> bool:
        """Whether a value is one of its values."""
        if self.kind == "categorical":
            return 0 <= value < self.size
        return self.kind == "numerical" or value in self.subsets

    def index(self, value: Value) -> int:
        """What rules see of a value."""
        if self.kind == "categorical":
            return int(value)
        if self.kind == "numerical":
            return bucket(self.points or (), value)
        return self.subsets.index(value)

    @property
    def indices(self) -> int:
        """How many indices rules tell apart."""
        if self.kind == "categorical":
            return self.size
        return len(self.points or ()) if self.kind == "numerical" else len(self.subsets)


@dataclass(frozen=True)
class Head:
    """An attention head; it averages if it has points, which may be none at all: ()."""

    query: str | None
    key: str | None
    value: str
    mask: tuple[int, ...] | str
    points: tuple[float, ...] | None

    @property
    def averages(self) -> bool:
        """Whether its output is a mean."""
        return self.points is not None

    def sees(self, here: int, there: int) -> bool:
        """Whether its mask, offsets or a word, lets one position look at another."""
        if isinstance(self.mask, tuple):
            return there - here in self.mask
        return {"-": True, "causal": there <= here, "before": there < here}[self.mask]


@dataclass(frozen=True)
class Rule:
    """Assigns a value where all atoms, pairs of a name and an index, hold."""

    atoms: frozenset[tuple[str, int]]
    variable: str
    value: Value


@dataclass(frozen=True)
class Program:
    """A program."""

    vocab: tuple[str, ...]
    positions: int | None
    variables: dict[str, Variable]
    heads: dict[str, Head]
    rules: tuple[Rule, ...]
    output: str
    halt: tuple[str, Value] | None
    layers: int | tuple[int, ...] | None
    inputs: str

    def numbers(self, name: str) -> list[float]:
        """All numbers that a numerical variable can hold, from the least on."""
        rules = [rule for rule in self.rules if rule.variable == name]
        assigned = {rule.value for rule in rules if rule.value is not None}
        return sorted(assigned | set(self.variables[name].table))

    def bound(self, length: int) -> int | None:
        """How many layers a run takes at most."""
        return self.layers[length] if isinstance(self.layers, tuple) else self.layers


def bucket(points: Iterable[float], number: float) -> int:
    """The bucket of a number: how many midpoints between points are below it."""
    exact = list(map(Fraction, points))
    return sum(low + high < 2 * Fraction(number) for low, high in pairwise(exact))


def sensible(rules: Iterable[Rule], variables: dict[str, Variable]) -> tuple[Rule, ...]:
    """The rules that say something, each once."""
    kept: dict[Rule, None] = {}
    for rule in rules:
        names = [name for name, _ in rule.atoms]
        contradictory = len(set(names)) < len(names)
        if not contradictory and not _keeps(rule, variables[rule.variable]):
            kept[rule] = None
    return tuple(kept)


def _keeps(rule: Rule, variable: Variable) -> bool:
    """Whether a rule assigns what its atoms say is there."""
    if variable.kind == "numerical" or not variable.holds(rule.value):
        return False
    return (rule.variable, variable.index(rule.value)) in rule.atoms
