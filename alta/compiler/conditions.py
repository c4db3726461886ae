"""Conditions: what the rules of each variable test, and which coordinates they write.

All atoms on categorical and set variables of a rule make up one conjunction of coordinates. An atom
on a number is a bucket: the number is above the lower edge, and not above the upper one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from alta.compiler.thresholds import Edges, Step
from alta.lang.kinds import Numerical, SetVariable
from alta.lang.program import Program
from alta.lang.rules import Atom, Rule
from alta.limit import checkpoint

__all__ = [
    "Bucket",
    "Cell",
    "Condition",
    "Conjunction",
    "Reset",
    "Test",
    "Writes",
    "live_rules",
    "resets_of",
    "writes_of",
]

Conjunction = tuple[tuple[int, bool], ...]
"""Coordinates in ascending order, and whether each has to be 1 or 0."""


@final
@dataclass(frozen=True)
class Bucket:
    """The test that a number is past one threshold, or what it would always say, not another."""

    lower: Step | bool
    upper: Step | bool


Test = Conjunction | Bucket


@final
@dataclass(frozen=True)
class Cell:
    """A part of a variable's code: what it adds to a coordinate where it is present.

    The code of a value is the sum of its cells. A categorical or set variable has a cell for each
    coordinate, as have numbers that are one-hot; another numerical variable has a cell for each
    number that it can hold, all in one coordinate.
    """

    column: int
    weight: float
    present: Test


@final
@dataclass(frozen=True)
class Condition:
    """When a rule fires, and the cells that are there once it has assigned its variable."""

    # In the order in which they get units; buckets that hold every number, or none, are among them.
    read: tuple[Test, ...]
    # Those that together decide it; none where some number would have to be in a bucket that holds
    # none, so that the rule never fires.
    tests: tuple[Test, ...]
    added: tuple[Cell, ...]


@final
@dataclass(frozen=True)
class Writes:
    """All that rules do to one variable; its code has no cells where no rule writes it."""

    conditions: tuple[Condition, ...]
    cells: tuple[Cell, ...]

    def tests(self) -> Iterator[Test]:
        """Yields what the first layer has to decide, in the order of its units."""
        for condition in self.conditions:
            yield from condition.read
        for cell in self.cells:
            yield cell.present


@final
@dataclass(frozen=True)
class Reset:
    """A multiple of a head output's coordinate that is carried, to be taken away.

    The sign says whether what it holds above 0 is carried, or what it holds below. The scale is a
    power of two that no value of the coordinate exceeds.
    """

    column: int
    sign: int
    scale: Fraction


def live_rules(program: Program, name: str) -> list[Rule]:
    """Lists the rules that write a variable and that the network has to compute: no traps."""
    return [rule for rule in program.rules_by_variable[name] if not program.is_trap(rule)]


def writes_of(name: str, edges: Edges) -> Writes:
    """Returns what rules do to a variable; the format has to tell numbers apart as they do."""
    rules = live_rules(edges.program, name)
    # A variable that can hold one number only keeps it, whatever rules say.
    if name in edges.numbers and len(edges.numbers[name].values) == 1:
        rules = []
    cells = _cells(name, edges) if rules else ()
    return Writes(tuple(_condition(rule, cells, edges) for rule in rules), cells)


def _condition(rule: Rule, cells: tuple[Cell, ...], edges: Edges) -> Condition:
    checkpoint()
    literals: list[tuple[int, bool]] = []
    buckets = []
    for atom in rule.atoms:
        numerical = isinstance(edges.program.domains[atom.variable], Numerical)
        if numerical and not edges.is_one_hot(atom.variable):
            # Bucket b holds what is above edge b - 1 and not above edge b.
            above = [edges.above(atom.variable, atom.value - side) for side in (1, 0)]
            buckets.append(Bucket(*above))
        elif numerical and not edges.inside(atom.variable, atom.value):
            buckets.append(Bucket(lower=True, upper=True))
        else:
            literals += _literals(atom, edges)
    added = _added(rule, cells, edges)
    # A bucket beyond all numbers that the name can hold fires nowhere, so nor does the rule.
    if any(bucket.lower == bucket.upper for bucket in buckets):
        return Condition(tuple(buckets), (), added)
    # A bucket that holds every number decides nothing, and takes no unit.
    decisive = [bucket for bucket in dict.fromkeys(buckets) if bucket != Bucket(True, False)]
    # Of no coordinates it is the conjunction that always holds.
    conjunctions = [tuple(sorted(literals))] if literals or not decisive else []
    return Condition((*buckets, *conjunctions), (*conjunctions, *decisive), added)


def _literals(atom: Atom, edges: Edges) -> list[tuple[int, bool]]:
    domain, columns = edges.program.domains[atom.variable], edges.layout.columns[atom.variable]
    if isinstance(domain, SetVariable):
        # A subset is told from all others by its members and by what it does not have.
        subset = domain.values[atom.value]
        return [(column, member in subset) for member, column in enumerate(columns)]
    if isinstance(domain, Numerical):
        # One-hot numbers: one coordinate is 1, and it is in the bucket if none outside of it is.
        inside = edges.inside(atom.variable, atom.value)
        if len(inside) > 1:
            return [(c, False) for place, c in enumerate(columns) if place not in inside]
        return [(columns[place], True) for place in inside]
    return [(columns[atom.value], True)]


def _cells(name: str, edges: Edges) -> tuple[Cell, ...]:
    columns = edges.layout.columns[name]
    if not isinstance(edges.program.variables[name], Numerical) or edges.is_one_hot(name):
        # One-hot and multi-hot codes are sums of unit vectors, one for each coordinate that is 1.
        return tuple(Cell(column, 1, ((column, True),)) for column in columns)
    # A cell is there where the number is past the threshold below its code and not the one above.
    codes = edges.codes(name)
    # Every number is past what lies below the lowest code, and none past what is above the highest.
    between: list[Step | bool] = [edges.member(name, index) for index in range(len(codes) - 1)]
    return tuple(
        Cell(columns[0], float(code), Bucket(lower, upper))
        for code, lower, upper in zip(codes, [True, *between], [*between, False], strict=True)
        if code
    )


def _added(rule: Rule, cells: tuple[Cell, ...], edges: Edges) -> tuple[Cell, ...]:
    variable, name, value = edges.program.variables[rule.variable], rule.variable, rule.value
    if edges.is_one_hot(name):
        column = edges.layout.columns[name][edges.numbers[name].place(value)]  # type: ignore[arg-type]
        return tuple(cell for cell in cells if cell.column == column)
    if isinstance(variable, Numerical):
        # Numbers that share a code share a cell; 0 has none, as it adds nothing.
        code = float(edges.numbers[name].code(value))  # type: ignore[arg-type]
        return tuple(cell for cell in cells if cell.weight == code)
    members = value if isinstance(variable, SetVariable) else {value}
    columns = {edges.layout.columns[name][member] for member in members}  # type: ignore[union-attr, index]
    return tuple(cell for cell in cells if cell.column in columns)


def resets_of(name: str, edges: Edges) -> list[Reset]:
    """Lists what is carried of a head output, so that whatever it holds can be taken away."""
    if isinstance(edges.program.domains[name], Numerical):
        # clip gives 0 for whatever is negative, so that a mean is carried by a unit for each sign.
        scale, signs = edges.scale(name)
    else:
        # Weights of 1/k that were rounded can add up to a little more than 1.
        scale, signs = Fraction(2), (1,)
    return [Reset(column, sign, scale) for column in edges.layout.columns[name] for sign in signs]
