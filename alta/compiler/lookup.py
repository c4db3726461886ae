"""Look-up: from the conditions that hold to the coordinates that change.

A write takes the cells of the old value away and adds those of the new one. Which rule writes does
not matter for the first, and what the old value is does not matter for the second. So for every
variable that rules write there is

- for each cell that rules add a neuron clip(the sum of the conditions of these rules);
- for each of its cells a neuron that removes it: clip(present + w - 1), where w is the sum of all
  conditions that write the variable.

No two rules that fire write the same variable, so that these sums are 0 or 1. Where the new value
is the old one, both neurons of a cell fire and cancel.

That takes conditions which the first layer decides. A condition that joins a test of a number with
another test is not one of them: it is decided in the second layer, by a neuron of its own for each
cell that it adds, and for each that it may have to remove.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import final

import numpy as np

from alta.compiler.edges import Edges
from alta.compiler.entries import Entries
from alta.compiler.forms import Cell, Form, Forms
from alta.compiler.units import Units
from alta.lang.kinds import Numerical
from alta.lang.program import Program
from alta.lang.rules import Rule
from alta.limit import checkpoint
from alta.nn.layout import Layout
from alta.nn.sparse import Array, SparseMatrix

__all__ = ["Lookup", "live_rules", "reset", "write"]


def live_rules(program: Program, name: str) -> list[Rule]:
    """Lists the rules that write a variable and that the network has to compute: no traps."""
    return [rule for rule in program.rules_by_variable[name] if not program.is_trap(rule)]


@final
class Lookup:
    """Numbers sums of units and neurons of the second clipped layer as they are asked for."""

    def __init__(self) -> None:
        self._sums: dict[Form, int] = {}
        self._between, self._inward, self._outward = Entries(), Entries(), Entries()
        self._sum_biases: list[float] = []
        self._biases: list[float] = []

    def neuron(self, forms: Iterable[Form], changes: Mapping[int, float]) -> None:
        """Makes a neuron that is 1 where all forms hold, and then changes some coordinates."""
        # A condition may be that the old value is there.
        number, distinct = len(self._biases), dict.fromkeys(forms)
        for form in distinct:
            checkpoint()
            self._inward.add(self._sum(form), number, 1)
        for column, weight in changes.items():
            self._outward.add(number, column, weight)
        self._biases.append(1 - len(distinct))

    def _sum(self, form: Form) -> int:
        if form not in self._sums:
            number = self._sums[form] = len(self._sum_biases)
            for unit, weight in form.weights:
                self._between.add(unit, number, weight)
            self._sum_biases.append(form.constant)
        return self._sums[form]

    def between(self, n_units: int) -> SparseMatrix:
        """Returns the weights of the sums, of shape (E, F)."""
        return self._between.matrix(n_units, len(self._sum_biases))

    @property
    def between_bias(self) -> Array:
        """The constants of the sums, of shape (F,)."""
        return np.array(self._sum_biases, dtype=np.float64)

    @property
    def inward(self) -> SparseMatrix:
        """The weights into the neurons, of shape (F, N)."""
        return self._inward.matrix(len(self._sum_biases), len(self._biases))

    @property
    def bias(self) -> Array:
        """The biases of the neurons, of shape (N,)."""
        return np.array(self._biases, dtype=np.float64)

    def outward(self, width: int) -> SparseMatrix:
        """Returns the weights out of the neurons, of shape (N, D)."""
        return self._outward.matrix(len(self._biases), width)


def write(program: Program, name: str, forms: Forms, lookup: Lookup) -> None:
    """Adds the neurons that write a variable."""
    conditions = [(forms.condition(rule), rule) for rule in live_rules(program, name)]
    cells = forms.cells(name) if conditions else ()
    decided: dict[Form, dict[Cell, None]] = {}
    joined: dict[tuple[Form, ...], dict[Cell, None]] = {}
    for condition, rule in conditions:
        checkpoint()
        if condition is None:
            continue
        new = dict.fromkeys(forms.written(rule, cells))
        if len(condition) == 1:
            decided.setdefault(condition[0], {}).update(new)
        else:
            joined.setdefault(condition, {}).update(new)
    if decided:
        _write_together(cells, decided, lookup)
    for condition, added in joined.items():
        checkpoint()
        _write_alone(cells, condition, added, lookup)


def _write_together(
    cells: Sequence[Cell], decided: Mapping[Form, Mapping[Cell, None]], lookup: Lookup
) -> None:
    """Adds the neurons of all conditions that the first layer decides."""
    adding: dict[Cell, list[Form]] = {}
    for condition, added in decided.items():
        checkpoint()
        for cell in added:
            adding.setdefault(cell, []).append(condition)
    for cell in cells:
        if cell in adding:
            lookup.neuron([Form.total(adding[cell])], {cell.column: cell.weight})
    written = Form.total(decided)
    for cell in cells:
        lookup.neuron([cell.present, written], {cell.column: -cell.weight})


def _write_alone(
    cells: Sequence[Cell],
    condition: tuple[Form, ...],
    added: Mapping[Cell, None],
    lookup: Lookup,
) -> None:
    """Adds the neurons of one condition that the second layer decides."""
    # A number whose code is 0, and the empty set, have no cells.
    for cell in added:
        lookup.neuron(condition, {cell.column: cell.weight})
    for cell in cells:
        lookup.neuron([*condition, cell.present], {cell.column: -cell.weight})


def reset(
    program: Program, name: str, layout: Layout, edges: Edges, units: Units, lookup: Lookup
) -> None:
    """Adds the neurons that take a head output away, whatever it holds."""
    numerical = isinstance(program.domains[name], Numerical)
    # Weights of 1/k that were rounded can add up to a little more than 1.
    scale, signs = edges.scale(name) if numerical else (2, (1,))
    for column in layout.columns[name]:
        for sign in signs:
            carried = units.carry(column, sign / scale)  # type: ignore[arg-type]
            lookup.neuron([Form(((carried, 1),))], {column: float(-sign * scale)})
