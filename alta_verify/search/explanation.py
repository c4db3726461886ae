"""Explanation of a counterexample: what both sides do around the place where it shows.

It shows a difference of a few values, not all that happened: the layer in question with the one
before and the one after, and the position with its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from alta.interp.run import run
from alta.interp.step import Table, attend, indices
from alta.lang.paths import ManyPaths
from alta.lang.program import Program
from alta.lang.values import Value, show_value
from alta.nn import reference
from alta.nn.block import DenseBlock
from alta.nn.model import Model
from alta.nn.sparse import Matrix, SparseMatrix
from alta_verify.search.attention_weights import AttentionWeights, attention_weights

__all__ = ["Cell", "Explanation", "Neuron", "Row", "explain", "in_words", "table"]

_MOST_NEURONS: Final = 4
"""So many neurons are named; damage of everything is described by none."""

_MOST_ROWS: Final = 24
"""Of larger tables those rows are shown that change or differ."""


@final
@dataclass(frozen=True)
class Cell:
    """A value on both sides; None on a side that has none there."""

    expected: Value | None
    actual: Value | None


@final
@dataclass(frozen=True)
class Row:
    """A variable or head output at one position, layer by layer.

    Attributes:
        position: where.
        name: of what.
        head: whether that is a head output.
        cells: after each layer shown; what a head reads in it.
    """

    position: int
    name: str
    head: bool
    cells: tuple[Cell, ...]


@final
@dataclass(frozen=True)
class Neuron:
    """A neuron of the look-up that writes to the variable in question.

    Attributes:
        index: its number.
        activation: how far it is on, from 0 to 1.
        adds: what it adds to each coordinate of the variable.
    """

    index: int
    activation: float
    adds: tuple[float, ...]

    def __str__(self) -> str:
        adds = ", ".join(f"{amount:g}" for amount in self.adds)
        return f"neuron {self.index}, at {self.activation:g}, adds ({adds})"


@final
@dataclass(frozen=True)
class Explanation:
    """What surrounds the place where a counterexample shows.

    Attributes:
        layers: the layers that are shown; 0 is the initial state.
        rows: the values, position by position.
        rules: the program's rules that fire there and write the variable.
        neurons: the model's neurons that write to it there, those that add most first.
        attention: of the heads that read something else there in the model, what they look at.
        two_sided: whether there is a model to compare with.
    """

    layers: tuple[int, ...]
    rows: tuple[Row, ...]
    rules: tuple[str, ...]
    neurons: tuple[Neuron, ...]
    attention: tuple[AttentionWeights, ...]
    two_sided: bool


def explain(
    program: Program,
    model: Model | None,
    tokens: tuple[int, ...],
    *,
    layer: int,
    position: int,
    variable: str,
    layers: int | None,
    fails: bool,
) -> Explanation:
    """Returns what surrounds a place.

    Args:
        program: the program.
        model: the model, or None for the program alone.
        tokens: the input.
        layer: the layer that is in question.
        position: the position that is.
        variable: the variable that is.
        layers: the most layers that count, beyond which a program may fail; None if all do.
        fails: whether the program itself fails in this layer, so that it has no state after it.
    """
    most = layer + 1 if layers is None else min(layers, layer + 1)
    taken = layer - 1 if fails else run(program, tokens, most).n_layers
    symbolic = run(program, tokens, taken)
    theirs = [symbolic.initial, *(state.after_mlp for state in symbolic.states)]
    reads = [state.after_attention for state in symbolic.states]
    if fails:
        reads.append(attend(program, theirs[-1]))
    trace = None if model is None or fails else model.trace(tokens, taken)
    ours = [] if trace is None else [trace.initial, *(one.after_mlp for one in trace.layers)]
    our_reads = [] if trace is None else [one.after_attention for one in trace.layers]
    shown = tuple(range(max(0, layer - 1), min(layer + 1, len(reads)) + 1))
    rows = tuple(
        Row(
            place,
            name,
            name in program.heads,
            tuple(
                Cell(
                    _value(theirs, reads, program, number, place, name),
                    _value(ours, our_reads, program, number, place, name),
                )
                for number in shown
            ),
        )
        for place in range(max(0, position - 1), min(len(tokens), position + 2))
        for name in program.domains
    )
    rules: tuple[str, ...] = ()
    neurons: tuple[Neuron, ...] = ()
    if 0 < layer <= len(reads) and variable in program.variables:
        rules = _firing(program, reads[layer - 1], position, variable)
        if model is not None and not fails:
            stream = model.residual_streams(tokens, layer)[2 * layer - 1][position]
            neurons = _writing(model, stream, model.layout.columns[variable])
    looks: tuple[AttentionWeights, ...] = ()
    if model is not None and trace is not None and layer:
        stream = model.residual_streams(tokens, layer)[2 * layer - 2]
        looks = tuple(
            attention_weights(model, name, head, theirs[layer - 1], stream, position)
            for name, head in program.heads.items()
            if not _alike(reads[layer - 1][position][name], our_reads[layer - 1][position][name])
        )
    return Explanation(shown, rows, rules, neurons, looks, trace is not None)


def _value(
    states: Sequence[Table],
    reads: Sequence[Table],
    program: Program,
    layer: int,
    position: int,
    name: str,
) -> Value | None:
    """Returns a value after a layer, or what a head reads in it; None where there is none."""
    if name in program.heads:
        return reads[layer - 1][position][name] if 0 < layer <= len(reads) else None
    return states[layer][position][name] if layer < len(states) else None


def _firing(program: Program, read: Table, position: int, variable: str) -> tuple[str, ...]:
    if isinstance(program.mlp, ManyPaths):
        return ()
    rules = program.rules_by_variable[variable]
    tested = {atom.variable for rule in rules for atom in rule.atoms}
    known = indices(program, read[position], tested)
    return tuple(str(rule) for rule in rules if rule.fires(known))


def _writing(
    model: Model, stream: npt.NDArray[Any], columns: tuple[int, ...]
) -> tuple[Neuron, ...]:
    """Returns the neurons that write to some coordinates, computed in float64.

    Those of a learned block mean nothing each on its own.
    """
    if isinstance(model.weights.mlp, DenseBlock):
        return ()
    mlp = model.weights.mlp
    active = reference.mlp(mlp, stream).fired
    adds = active[:, None] * _columns(mlp.lookup_out, columns)
    most = np.abs(adds).max(axis=1, initial=0)
    order = sorted(np.flatnonzero(most).tolist(), key=lambda index: (-most[index], index))
    return tuple(
        Neuron(index, float(active[index]), tuple(adds[index].tolist()))
        for index in order[:_MOST_NEURONS]
    )


def _columns(matrix: Matrix, columns: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Returns some columns of a matrix."""
    if not isinstance(matrix, SparseMatrix):
        return matrix[:, list(columns)].astype(np.float64)
    picked = np.zeros((matrix.shape[0], len(columns)))
    for place, column in enumerate(columns):
        here = matrix.pattern.columns == column
        picked[matrix.pattern.rows[here], place] = matrix.data[here].astype(np.float64)
    return picked


def in_words(value: Value | str | None) -> str:
    """Returns a value as people write it."""
    return show_value(value) if isinstance(value, (float, frozenset)) else str(value)


def table(shown: Explanation, names: Sequence[str], mark: tuple[int, str]) -> str:
    """Returns the values of an explanation as text, a column a layer; of a large one what changes.

    Args:
        shown: the explanation.
        names: the token at each position, in words.
        mark: position and variable in question, which get an arrow.
    """
    header = ["", "", *("start" if n == 0 else f"layer {n}" for n in shown.layers)]
    rows = [header]
    last = None
    for row in shown.rows:
        quiet = len(set(row.cells)) == 1 and row.cells[0].expected == row.cells[0].actual
        if quiet and len(shown.rows) > _MOST_ROWS and (row.position, row.name) != mark:
            continue
        place = "" if row.position == last else f"{row.position} {names[row.position]}"
        last = row.position
        cells = [_cell(cell, shown.two_sided, row.head) for cell in row.cells]
        arrow = ["←"] if (row.position, row.name) == mark else []
        rows.append([place, row.name, *cells, *arrow])
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(len(header))]
    widths.append(1)
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
        for row in rows
    )


def _cell(cell: Cell, two_sided: bool, head: bool) -> str:
    if cell.expected is None and cell.actual is None:
        return ""
    shown = _rounded if head else in_words
    if not two_sided or shown(cell.expected) == shown(cell.actual):
        return shown(cell.expected)
    return f"{shown(cell.expected)} ≠ {shown(cell.actual)}"


def _alike(expected: Value, actual: Value) -> bool:
    """Says whether what a head reads on both sides looks the same."""
    return _rounded(expected) == _rounded(actual)


def _rounded(value: Value | None) -> str:
    """Returns a mean as people write it: rounding is none of the differences that matter."""
    return in_words(float(f"{value:.6g}") if isinstance(value, float) else value)
