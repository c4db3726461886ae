"""Forms: sums of units of the first layer that say of something whether it holds.

The form of a conjunction is its unit. That of a bucket is the difference of two steps: x is above
the lower edge, and not above the upper one. A form is 0 or 1 wherever what it reads is defined, and
never more than 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from alta.compiler.edges import Edges
from alta.compiler.thresholds import Step
from alta.compiler.units import Conjunction, Units
from alta.lang.kinds import Numerical, SetVariable
from alta.lang.program import Program
from alta.lang.rules import Atom, Rule
from alta.limit import checkpoint
from alta.nn.layout import Layout

__all__ = ["Cell", "Form", "Forms"]


@final
@dataclass(frozen=True)
class Form:
    """A constant plus a sum of units, each with a weight.

    Attributes:
        weights: pairs of unit and weight, by unit.
        constant: what is added.
    """

    weights: tuple[tuple[int, int], ...] = ()
    constant: int = 0

    @classmethod
    def total(cls, forms: Iterable[Form], factors: Iterable[int] | None = None) -> Form:
        """Returns the sum of some forms, each times its factor."""
        forms = list(forms)
        factors = [1] * len(forms) if factors is None else factors
        weights: dict[int, int] = {}
        constant = 0
        for form, factor in zip(forms, factors, strict=True):
            constant += factor * form.constant
            for unit, weight in form.weights:
                weights[unit] = weights.get(unit, 0) + factor * weight
        kept = sorted((unit, weight) for unit, weight in weights.items() if weight)
        return cls(tuple(kept), constant)


@final
@dataclass(frozen=True)
class Cell:
    """A part of a variable's code that is there or not.

    The code of a value is the sum of its cells. A categorical or set variable has a cell for each
    coordinate; a numerical one has a cell for each number that it can hold, all in one coordinate.

    Attributes:
        column: the coordinate.
        weight: what the cell adds to it.
        present: whether the cell is there.
    """

    column: int
    weight: float
    present: Form


@final
class Forms:
    """Turns what rules test and write into forms, and asks for the units that they need."""

    def __init__(self, program: Program, layout: Layout, edges: Edges, units: Units) -> None:
        self._program, self._layout = program, layout
        self._edges, self._units = edges, units

    def condition(self, rule: Rule) -> tuple[Form, ...] | None:
        """Returns forms that all hold where a rule fires; None for a rule that never does.

        All atoms on categorical and set variables make up one form.
        """
        literals: list[tuple[int, bool]] = []
        buckets = []
        checkpoint()
        for atom in rule.atoms:
            if isinstance(self._program.domains[atom.variable], Numerical):
                buckets.append(self._bucket(atom))
            else:
                literals += self._literals(atom)
        if Form() in buckets:
            return None
        certain = Form(constant=1)
        forms = [bucket for bucket in dict.fromkeys(buckets) if bucket != certain]
        if literals or not forms:
            forms.insert(0, self._conjunction(tuple(sorted(literals))))
        return tuple(forms)

    def cells(self, name: str) -> tuple[Cell, ...]:
        """Returns the cells of a variable."""
        columns = self._layout.columns[name]
        if not isinstance(self._program.variables[name], Numerical):
            return tuple(
                Cell(column, 1, self._conjunction(((column, True),))) for column in columns
            )
        codes = self._edges.codes(name)
        past = [Form(constant=1)]
        past += [self._above(self._edges.member(name, index)) for index in range(len(codes) - 1)]
        past.append(Form())
        return tuple(
            Cell(columns[0], float(code), Form.total(past[index : index + 2], [1, -1]))
            for index, code in enumerate(codes)
            if code
        )

    def written(self, rule: Rule, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        """Returns those cells of a variable that are there once a rule has assigned it."""
        variable, name = self._program.variables[rule.variable], rule.variable
        if isinstance(variable, Numerical):
            code = float(self._edges.code(name, rule.value))  # type: ignore[arg-type]
            return tuple(cell for cell in cells if cell.weight == code)
        members = rule.value if isinstance(variable, SetVariable) else {rule.value}
        columns = {self._layout.columns[name][member] for member in members}  # type: ignore[union-attr, index]
        return tuple(cell for cell in cells if cell.column in columns)

    def _literals(self, atom: Atom) -> Conjunction:
        domain, columns = self._program.domains[atom.variable], self._layout.columns[atom.variable]
        if isinstance(domain, SetVariable):
            subset = domain.values[atom.value]
            return tuple((column, member in subset) for member, column in enumerate(columns))
        return ((columns[atom.value], True),)

    def _conjunction(self, literals: Conjunction) -> Form:
        return Form(((self._units.conjunction(literals), 1),))

    def _bucket(self, atom: Atom) -> Form:
        above = [self._edges.above(atom.variable, atom.value - side) for side in (1, 0)]
        return Form.total(map(self._above, above), [1, -1])

    def _above(self, found: Step | bool) -> Form:
        if isinstance(found, bool):
            return Form(constant=int(found))
        return Form(((self._units.step(found), 1),))
