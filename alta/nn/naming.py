"""Naming: what coordinates of the residual stream and units of a compiled block stand for.

Everything is read off the weights, so that a model from a file, or a changed one, is named by what
it does. A unit of which nothing simpler is true is written out as the sum that it clips.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final, TypeAlias, final

import numpy as np

from alta.lang.kinds import Numerical, SetVariable
from alta.lang.paths import ManyPaths
from alta.lang.program import Program
from alta.lang.rules import Rule
from alta.lang.values import show_value
from alta.nn.layout import Layout
from alta.nn.rounding import nearest
from alta.nn.sparse import Matrix, as_sparse
from alta.nn.weights import MLPWeights

__all__ = ["Naming", "coordinate_names"]

# So many parts of a name are written out.
_WRITTEN: Final = 4

# Means of sequences up to this length where nothing bounds it, and sums of so many kinds, are
# tried: a rule that tests means of longer ones may go unnamed.
_LENGTH: Final = 20
_SUMS: Final = 4096

Entries: TypeAlias = list[tuple[int, float]]

Literal: TypeAlias = tuple[int, bool] | tuple[int, int, None]
"""A coordinate and whether it is 1; or a number's coordinate, and the bucket that it is in."""

Conjunction: TypeAlias = frozenset[Literal]


@final
@dataclass(frozen=True)
class _Sum:
    """A sum of units: its text, and the conjunctions one of which holds where it is 1, if known."""

    text: str
    alternatives: frozenset[Conjunction] = frozenset()


@final
@dataclass(frozen=True)
class Naming:
    """The names of coordinates and units of a model.

    Attributes:
        coordinates: one for each coordinate, as ``count=2``, ``3 in seen`` or the name of a number.
        rules: for each neuron of the look-up the rules that write by it; empty for other blocks.
    """

    coordinates: tuple[str, ...]
    rules: tuple[tuple[Rule, ...], ...] = ()
    _meanings: Mapping[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, program: Program, layout: Layout, mlp: Any, longest: int | None = None) -> Naming:
        """Returns the names; units of a learned block have none.

        Sequences have at most the longest length, which tells apart what heads can average.
        """
        coordinates = coordinate_names(program, layout)
        if not isinstance(mlp, MLPWeights):
            return cls(coordinates)
        reader = _Reader(program, layout, coordinates, longest or _LENGTH)
        hidden = reader.hidden(mlp)
        sums = reader.sums(mlp, hidden)
        fired, rules = reader.neurons(mlp, sums)
        meanings = {"hidden": [unit.text for unit in hidden], "expanded": [s.text for s in sums]}
        return cls(coordinates, rules, meanings | {"fired": fired})

    def units(self, layer: str) -> dict[str, list[str]]:
        """Returns what is written beside the units of a layer of the block."""
        if layer not in self._meanings:
            return {}
        beside = {"meaning": self._meanings[layer]}
        if layer == "fired":
            beside["rules"] = [_listed(map(str, rules), "; ") for rules in self.rules]
        return beside


def coordinate_names(program: Program, layout: Layout) -> tuple[str, ...]:
    """Returns the name of each coordinate of the residual stream."""
    names = [""] * layout.width
    for name, domain in program.domains.items():
        numbers = layout.numbers(program, name)
        for index, column in enumerate(layout.columns[name]):
            if isinstance(domain, SetVariable):
                names[column] = f"{index} in {name}"
            elif isinstance(domain, Numerical) and not numbers:
                names[column] = name
            else:
                names[column] = f"{name}={show_value(numbers[index] if numbers else index)}"
    return tuple(names)


@final
@dataclass(frozen=True)
class _Unit:
    """A unit of the first layer: its text, its sum, and the conjunction that it is, if it is one.

    `step` is the coordinate of a number, if it is a step of one.
    """

    text: str
    entries: Entries
    bias: float
    conjunction: Conjunction | None
    step: int | None

    def at(self, number: float) -> float:
        """Returns a step's value at a number."""
        return min(1.0, max(0.0, self.entries[0][1] * number + self.bias))


@final
class _Reader:
    """What reads names off the weights of a compiled block."""

    def __init__(
        self, program: Program, layout: Layout, coordinates: tuple[str, ...], longest: int
    ) -> None:
        self._program, self._layout, self._coordinates = program, layout, coordinates
        self._longest = longest
        self._name_of = {
            column: name for name, columns in layout.columns.items() for column in columns
        }
        # Coordinates that hold a number are not 0 or 1.
        self._numbers = {
            columns[0]: self._occurring(name)
            for name, columns in layout.columns.items()
            if isinstance(program.domains[name], Numerical) and not layout.numbers(program, name)
        }

    def _occurring(self, name: str) -> list[float]:
        """Returns all numbers that a variable can hold; of a head output means, a few of many.

        There may be means among them that no head computes, and then a rule too many is named.
        """
        program = self._program
        if name in program.variables:
            return list(program.numbers(name))
        numbers = [Fraction(number) for number in program.numbers(program.heads[name].value)]
        sums, means = {Fraction(0)}, set()
        for count in range(1, self._longest + 1):
            sums = {total + number for total in sums for number in numbers}
            means |= {float(total / count) for total in sums}
            if len(sums) > _SUMS:
                break
        return sorted(means)

    def hidden(self, mlp: MLPWeights) -> list[_Unit]:
        """Returns the units of the first layer."""
        columns = _by_column(mlp.expand_in)
        return [
            self._unit(entries, float(bias))
            for entries, bias in zip(columns, mlp.expand_in_bias, strict=True)
        ]

    def _unit(self, entries: Entries, bias: float) -> _Unit:
        conjunction = None
        if self._numbers.keys().isdisjoint(dict(entries)) and _is_and(entries, bias):
            conjunction = frozenset((column, weight > 0) for column, weight in entries)
        step = None
        if len(entries) == 1 and entries[0][0] in self._numbers:
            column, weight = entries[0]
            values = {min(1.0, max(0.0, weight * x + bias)) for x in self._numbers[column]}
            # Some numbers are below it and some above. A unit that carries one has no bias.
            step = column if values >= {0.0, 1.0} and bias else None
        text = self._text(entries, bias) if conjunction is None else self._words(conjunction)
        return _Unit(text, entries, bias, conjunction, step)

    def _text(self, entries: Entries, bias: float) -> str:
        return _clipped([(self._coordinates[column], weight) for column, weight in entries], bias)

    def _words(self, conjunction: Conjunction) -> str:
        literals = []
        for literal in sorted(conjunction, key=lambda literal: literal[:2]):
            name = self._coordinates[literal[0]]
            if len(literal) == 3:
                literals.append(f"{name} in bucket {literal[1]}")
            else:
                literals.append(name if literal[1] else f"not {name}")
        return " & ".join(literals) or "always"

    def sums(self, mlp: MLPWeights, hidden: Sequence[_Unit]) -> list[_Sum]:
        """Returns the sums of units between the layers."""
        columns = _by_column(mlp.expand_out)
        return [
            self._sum(entries, float(bias), hidden)
            for entries, bias in zip(columns, mlp.expand_out_bias, strict=True)
        ]

    def _sum(self, entries: Entries, bias: float, hidden: Sequence[_Unit]) -> _Sum:
        units = [hidden[index] for index, _ in entries]
        if not units and bias == 1:
            return _Sum("always", frozenset({frozenset()}))
        steps = {unit.step for unit in units}
        if len(steps) == 1 and None not in steps:
            (column,) = steps
            return self._interval(column or 0, entries, bias, hidden)
        alternatives = frozenset(u.conjunction for u in units if u.conjunction is not None)
        # At most one of the units is 1, as no two rules that fire write one variable.
        exclusive = bias == 0 and all(weight > 0 for _, weight in entries)
        if exclusive and len(units) == 1 and entries[0][1] == 1:
            return _Sum(units[0].text, alternatives)
        if exclusive and len(alternatives) == len(units):
            return _Sum(_listed((unit.text for unit in units), " or "), alternatives)
        return _Sum(_total([(hidden[index].text, weight) for index, weight in entries], bias))

    def _interval(
        self, column: int, entries: Entries, bias: float, hidden: Sequence[_Unit]
    ) -> _Sum:
        """Returns a sum of steps of one number: the interval in which it is 1."""
        edges = sorted((1 / 2 - hidden[i].bias) / hidden[i].entries[0][1] for i, _ in entries)
        name = self._coordinates[column]

        def value(number: float) -> float:
            return bias + sum(weight * hidden[index].at(number) for index, weight in entries)

        # Between two edges it is constant; far beyond the ends as well.
        spans = [
            (low, high)
            for low, high in pairwise([-np.inf, *edges, np.inf])
            if value((max(low, edges[0] - 1) + min(high, edges[-1] + 1)) / 2) == 1
        ]
        # What lies in one bucket is on one side of every step.
        bucket_of = self._program.domains[self._name_of[column]].index_of
        buckets = {bucket_of(x) for x in self._numbers[column] if value(x) == 1}
        literals: frozenset[Conjunction] = frozenset(
            frozenset({(column, bucket, None)}) for bucket in buckets
        )
        return _Sum(_listed((_between(name, *span) for span in spans), " or ") or "never", literals)

    def neurons(
        self, mlp: MLPWeights, sums: Sequence[_Sum]
    ) -> tuple[list[str], tuple[tuple[Rule, ...], ...]]:
        """Returns the texts of the look-up's neurons, and the rules that write by each."""
        inward, outward = _by_column(mlp.lookup_in), _by_row(mlp.lookup_out)
        texts = []
        readers: dict[Conjunction, list[int]] = {}
        for number, (entries, bias, adds) in enumerate(
            zip(inward, mlp.lookup_in_bias, outward, strict=True)
        ):
            conditions = [sums[index] for index, _ in entries]
            decided = all(sum_.alternatives for sum_ in conditions)
            if decided and _is_and(entries, float(bias)) and all(w > 0 for _, w in entries):
                brackets = len(conditions) > 1
                words = " and ".join(_bracketed(sum_, brackets) for sum_ in conditions)
                when = f"if {words or 'always'}"
            else:
                terms = [(sums[index].text, weight) for index, weight in entries]
                when = f"times {_clipped(terms, float(bias))}"
            added = ", ".join(
                f"{weight:+g}·[{self._coordinates[column]}]" for column, weight in adds
            )
            texts.append(f"{added or 'nothing'} {when}")
            for alternative in {a for index, _ in entries for a in sums[index].alternatives}:
                readers.setdefault(alternative, []).append(number)
        parts = [[sums[index] for index, _ in entries] for entries in inward]
        rules: list[list[Rule]] = [[] for _ in texts]
        program = self._program
        for rule in () if isinstance(program.mlp, ManyPaths) else program.rules:
            if not program.is_trap(rule):
                # Which coordinates they test, and the buckets of numbers, which are apart.
                read = self._literals(rule)
                buckets = {literal for literal in read if len(literal) == 3}
                tested = {read, read - buckets, *(frozenset({bucket}) for bucket in buckets)}
                numbers = {n for part in tested for n in readers.get(part, ())}
                for number in sorted(numbers):
                    if self._writes(rule, tested, parts[number], outward[number]):
                        rules[number].append(rule)
        return texts, tuple(map(tuple, rules))

    def _writes(
        self, rule: Rule, tested: set[Conjunction], parts: list[_Sum], adds: Entries
    ) -> bool:
        """Says whether a rule writes by a neuron: it fires there, and what is added is its own."""
        columns = set(self._layout.columns[rule.variable])
        amounts = [amount for column, amount in adds if column in columns]
        # What takes an old value away also asks that it is there, of the variable alone.
        present = [
            part
            for part in parts
            if not part.alternatives & tested
            and {literal[0] for a in part.alternatives for literal in a} <= columns
        ]
        fires = all(part.alternatives & tested for part in parts if part not in present)
        if not fires or len(present) == len(parts) or not amounts:
            return False
        return bool(present) or self._cells(rule) >= {pair for pair in adds if pair[0] in columns}

    def _cells(self, rule: Rule) -> set[tuple[int, float]]:
        """Returns what a rule adds: the code of its value, by coordinate."""
        name, value = rule.variable, rule.value
        columns, numbers = self._layout.columns[name], self._layout.numbers(self._program, name)
        variable = self._program.variables[name]
        if isinstance(variable, Numerical) and not numbers:
            # In the narrowest format too, the code is the nearest number.
            codes = {nearest(float(value), dtype) for dtype in _FORMATS}  # type: ignore[arg-type]
            return {(columns[0], code) for code in codes}
        if numbers:
            return {(columns[numbers.index(value)], 1.0)}
        members = value if isinstance(value, frozenset) else {value}
        return {(columns[member], 1.0) for member in members}  # type: ignore[index]

    def _literals(self, rule: Rule) -> Conjunction:
        """Returns what a rule tests, as its conjunction and buckets of the first layer."""
        literals: list[Literal] = []
        for atom in rule.atoms:
            domain = self._program.domains[atom.variable]
            columns = self._layout.columns[atom.variable]
            numbers = self._layout.numbers(self._program, atom.variable)
            if isinstance(domain, SetVariable):
                subset = domain.values[atom.value]
                literals += [(column, index in subset) for index, column in enumerate(columns)]
            elif not isinstance(domain, Numerical):
                literals.append((columns[atom.value], True))
            elif not numbers:
                literals.append((columns[0], atom.value, None))
            else:
                inside = [
                    c
                    for c, x in zip(columns, numbers, strict=True)
                    if domain.index_of(x) == atom.value
                ]
                outside = [(column, False) for column in columns if column not in inside]
                literals += [(inside[0], True)] if len(inside) == 1 else outside
        return frozenset(literals)


_FORMATS: Final = ("float64", "float32", "bfloat16", "float16")


def _is_and(entries: Entries, bias: float) -> bool:
    """Says whether a clipped sum of zeros and ones is 1 where all hold, and 0 elsewhere."""
    # With what is weighted negatively at 0 and all else at 1 the sum is largest; each that is
    # otherwise takes at least the smallest weight off.
    largest = bias + sum(weight for _, weight in entries if weight > 0)
    smallest = min((abs(weight) for _, weight in entries), default=largest)
    return largest >= 1 and largest - smallest <= 0


def _between(name: str, low: float, high: float) -> str:
    """Returns an interval of a number as text."""
    if high == np.inf:
        return f"{name} > {low:.6g}"
    return f"{name} < {high:.6g}" if low == -np.inf else f"{low:.6g} < {name} < {high:.6g}"


def _bracketed(sum_: _Sum, joined: bool) -> str:
    return f"({sum_.text})" if joined and len(sum_.alternatives) > 1 else sum_.text


def _clipped(terms: Sequence[tuple[str, float]], bias: float) -> str:
    """Returns a clipped sum as text; what is one unit or sum of units is clipped already."""
    total = _total(terms, bias)
    return total if terms and total == terms[0][0] else f"clip({total})"


def _total(terms: Sequence[tuple[str, float]], bias: float) -> str:
    """Returns a sum as text, its larger terms first."""
    if bias == 0 and [weight for _, weight in terms] == [1]:
        return terms[0][0]
    largest = sorted(terms, key=lambda term: -abs(term[1]))
    shown = [f"{weight:+.6g}·[{name}]" for name, weight in largest]
    return _listed(shown, " ") + (f" {bias:+.6g}" if bias or not shown else "")


def _listed(texts: Iterable[str], between: str) -> str:
    shown = list(texts)
    hidden = len(shown) - _WRITTEN
    return between.join([*shown[:_WRITTEN], *([f"{hidden} more"] if hidden > 0 else [])])


def _by_column(matrix: Matrix) -> list[Entries]:
    """Returns the entries of each column of a matrix that are not 0, by row."""
    sparse = as_sparse(matrix)
    entries: list[Entries] = [[] for _ in range(sparse.shape[1])]
    places = zip(
        sparse.pattern.rows.tolist(),
        sparse.pattern.columns.tolist(),
        sparse.data.astype(np.float64).tolist(),
        strict=True,
    )
    for row, column, weight in places:
        if weight:
            entries[column].append((row, weight))
    return entries


def _by_row(matrix: Matrix) -> list[Entries]:
    return _by_column(as_sparse(matrix).transposed())
