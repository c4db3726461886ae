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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from alta.compiler.conditions import Cell, Reset, Writes, live_rules
from alta.compiler.first_layer import FirstLayer, Form
from alta.lang.program import Program
from alta.lang.rules import Atom, Rule
from alta.limit import checkpoint
from alta.nn.model import Model
from alta.nn.sparse import SparseMatrix
from alta.nn.weights import MLPWeights

__all__ = ["Neuron", "Sizes", "look_up", "resetting", "sizes", "writing"]


@final
@dataclass(frozen=True)
class Neuron:
    """A unit of the second clipped layer: where all its forms hold it adds to a coordinate."""

    forms: tuple[Form, ...]
    column: int
    weight: float


def writing(writes: Writes, layer: FirstLayer) -> Iterator[Neuron]:
    """Yields the neurons that write a variable."""
    present = {cell: layer.form(cell.present) for cell in writes.cells}
    # Rules with one condition are one: their cells are added by the same neuron.
    decided: dict[Form, dict[Cell, None]] = {}
    joined: dict[tuple[Form, ...], dict[Cell, None]] = {}
    for condition in writes.conditions:
        forms = tuple(map(layer.form, condition.tests))
        if len(forms) == 1:
            decided.setdefault(forms[0], {}).update(dict.fromkeys(condition.added))
        elif forms:
            joined.setdefault(forms, {}).update(dict.fromkeys(condition.added))
    if decided:
        yield from _written_together(present, decided)
    for forms, added in joined.items():
        yield from _written_alone(present, forms, added)


# Yields the neurons of all conditions that the first layer decides.
def _written_together(
    present: Mapping[Cell, Form], decided: Mapping[Form, Iterable[Cell]]
) -> Iterator[Neuron]:
    # All conditions that add a cell share one neuron, as at most one of them holds.
    adding: dict[Cell, list[Form]] = {}
    for condition, added in decided.items():
        checkpoint()
        for cell in added:
            adding.setdefault(cell, []).append(condition)
    for cell in present:
        if cell in adding:
            yield Neuron((Form.total(adding[cell]),), cell.column, cell.weight)
    # No two rules that fire write one variable, so w = Σ conditions is 0 or 1, and
    # clip(present + w - 1) is 1 exactly where the old value has the cell and is overwritten.
    written = Form.total(decided)
    for cell, form in present.items():
        yield _neuron([form, written], cell.column, -cell.weight)


def _written_alone(
    present: Mapping[Cell, Form], forms: Sequence[Form], added: Iterable[Cell]
) -> Iterator[Neuron]:
    """Yields the neurons of one condition that the second layer decides."""
    # A number whose code is 0, and the empty set, have no cells.
    for cell in added:
        yield _neuron(forms, cell.column, cell.weight)
    for cell, form in present.items():
        yield _neuron([*forms, form], cell.column, -cell.weight)


def _neuron(forms: Iterable[Form], column: int, weight: float) -> Neuron:
    # A condition may be that the old value is there.
    return Neuron(tuple(dict.fromkeys(forms)), column, weight)


def resetting(reset: Reset, layer: FirstLayer) -> Neuron:
    """Returns the neuron that takes what is carried of a head output away."""
    # The unit holds x/s, and -s (x/s) = -x, as s is a power of two.
    return Neuron((layer.form(reset),), reset.column, float(-reset.sign * reset.scale))


def look_up(neurons: Sequence[Neuron], layer: FirstLayer, width: int) -> MLPWeights:
    """Returns the feed-forward block: the first layer, the sums of its units, and the neurons."""
    numbers: dict[Form, int] = {}
    inward = []
    for number, neuron in enumerate(neurons):
        checkpoint()
        # Forms are numbered as they are first used, and those that are equal share a sum.
        inward += [(numbers.setdefault(form, len(numbers)), number, 1.0) for form in neuron.forms]
    between = [
        (unit, number, weight) for form, number in numbers.items() for unit, weight in form.weights
    ]
    outward = [(number, neuron.column, neuron.weight) for number, neuron in enumerate(neurons)]
    return MLPWeights(
        expand_in=layer.weights,
        expand_in_bias=layer.bias,
        # Where all that is read is defined, units are 0 or 1 and weights whole, so that these sums
        # are exact (Lemma 8), as is a carried number, which is alone in its sum.
        expand_out=SparseMatrix.of_entries(between, (len(layer.bias), len(numbers))),
        expand_out_bias=np.array([form.constant for form in numbers], dtype=np.float64),
        lookup_in=SparseMatrix.of_entries(inward, (len(numbers), len(neurons))),
        # clip(sum of k forms - (k - 1)) is 1 where all of them are 1, and 0 where one is 0.
        lookup_in_bias=np.array([1 - len(neuron.forms) for neuron in neurons], dtype=np.float64),
        lookup_out=SparseMatrix.of_entries(outward, (len(neurons), width)),
        lookup_out_bias=np.zeros(width),
    )


@final
@dataclass(frozen=True)
class Sizes:
    """The numbers of rules, conditions and units that a feed-forward block is made of.

    Rules that are traps count, their conditions do not. `hidden` are the clipped units of both
    layers, `unshared` those of a block that expands every coordinate by itself, and looks up with a
    neuron for every condition and old value, and for every coordinate of a head output. The
    published compiler makes as many.
    """

    rules: int
    conditions: int
    hidden: int
    unshared: int


def sizes(model: Model) -> Sizes:
    """Counts rules, conditions and units of a compiled model."""
    program, mlp = model.program, model.weights.compiled_mlp
    # Traps never fire in a run that counts, so there is no neuron for them.
    live = [rule for name in program.variables for rule in live_rules(program, name)]
    # Without sharing, every pair of condition and old value has a neuron of its own.
    joined = {pair for rule in live for pair in _with_old_value(program, rule)}
    outputs = sum(len(model.layout.columns[name]) for name in program.heads)
    return Sizes(
        rules=len(program.rules),
        conditions=len({rule.atoms for rule in live}),
        hidden=mlp.expand_in.shape[1] + mlp.lookup_in.shape[1],
        unshared=model.layout.width + len(joined) + outputs,
    )


# Lists the rule's condition joined with each old value that it would change.
def _with_old_value(program: Program, rule: Rule) -> list[tuple[Atom, ...]]:
    # A condition that tests the variable says itself what the old value is.
    if any(atom.variable == rule.variable for atom in rule.atoms):
        return [rule.atoms]
    olds = set(range(program.variables[rule.variable].size)) - {program.index_assigned(rule)}
    return [tuple(sorted((*rule.atoms, Atom(rule.variable, old)))) for old in olds]
