"""Explanation of a counterexample: what both sides do around the place where it shows.

It shows a difference of a few values, not all that happened: the layer in question with the one
before and the one after, and the position with its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from alta.interp.run import Trace, run
from alta.interp.step import Table, attend, firing, selected
from alta.lang.heads import Head
from alta.lang.program import Program
from alta.lang.values import Value, show_value
from alta.nn import reference
from alta.nn.block import DenseBlock
from alta.nn.model import Model
from alta.nn.sparse import as_sparse

__all__ = ["Explanation", "as_json", "explain"]

# Of larger tables those rows are shown that change or differ.
_MAX_ROWS: Final = 24
# Positions with less attention are not named.
_VISIBLE: Final = 1e-3
# So many positions or neurons are named, those with most attention or that add most; damage of
# everything is described by none.
_MOST: Final = 4


@final
@dataclass(frozen=True)
class AttentionWeights:
    """Positions that a head selects in the program, and how much it attends to in the model."""

    head: str
    selected: tuple[int, ...]
    weights: tuple[tuple[int, float], ...]

    def __str__(self) -> str:
        selected = _listed([str(position) for position in self.selected[:_MOST]])
        hidden = len(self.selected) - _MOST
        if hidden > 0:
            selected += f" and {hidden} more"
        weights = _listed([f"{position} with {weight:.3g}" for position, weight in self.weights])
        return f"head {self.head}: program selects {selected}; model attends to {weights}"


def _listed(texts: list[str]) -> str:
    return ", ".join(texts) or "nothing"


@final
@dataclass(frozen=True)
class Neuron:
    """A neuron of the look-up, how far it is on, from 0 to 1, and what it adds to a variable."""

    index: int
    activation: float
    adds: tuple[float, ...]

    def __str__(self) -> str:
        adds = ", ".join(f"{amount:g}" for amount in self.adds)
        return f"neuron {self.index}, at {self.activation:g}, adds ({adds})"


@final
@dataclass(frozen=True)
class Cell:
    """A value on both sides; None on a side that has none there."""

    expected: Value | None
    actual: Value | None

    @property
    def differs(self) -> bool:
        """Whether the sides have different values, rounding of means included."""
        return self.expected != self.actual

    def text(self, two_sided: bool, head: bool) -> str:
        """Returns one value where the sides look alike, else both."""
        if self.expected is None and self.actual is None:
            return ""
        expected, actual = (
            _rounded(value) if head else show_value(value) for value in (self.expected, self.actual)
        )
        return expected if not two_sided or expected == actual else f"{expected} ≠ {actual}"


@final
@dataclass(frozen=True)
class Row:
    """A variable or head output at one position: after each layer shown, or what a head reads."""

    position: int
    name: str
    head: bool
    cells: tuple[Cell, ...]


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

    def table(self, names: Sequence[str], mark: tuple[int, str]) -> str:
        """Returns the values as text, with the tokens' names and an arrow at the place marked."""
        header = ["", "", *("start" if n == 0 else f"layer {n}" for n in self.layers)]
        lines = [header]
        last = None
        for row in self.rows:
            marked = (row.position, row.name) == mark
            # In a large table rows are left out in which nothing happens and both sides agree.
            quiet = len(set(row.cells)) == 1 and not row.cells[0].differs
            if quiet and not marked and len(self.rows) > _MAX_ROWS:
                continue
            place = "" if row.position == last else f"{row.position} {names[row.position]}"
            last = row.position
            cells = [cell.text(self.two_sided, row.head) for cell in row.cells]
            lines.append([place, row.name, *cells, *(["←"] if marked else [])])
        widths = [max(len(line[i]) for line in lines if i < len(line)) for i in range(len(header))]
        return "\n".join(
            "  ".join(map(str.ljust, line, [*widths, 1][: len(line)])).rstrip() for line in lines
        )

    def to_json(self) -> dict[str, Any]:
        """Returns the explanation as JSON values."""
        return {
            "layers": list(self.layers),
            "rows": [
                {
                    "position": row.position,
                    "name": row.name,
                    "cells": [
                        {"expected": as_json(cell.expected), "actual": as_json(cell.actual)}
                        for cell in row.cells
                    ],
                }
                for row in self.rows
            ],
            "attention": [
                {
                    "head": weights.head,
                    "selected": list(weights.selected),
                    "weights": [list(pair) for pair in weights.weights],
                }
                for weights in self.attention
            ],
            "rules": list(self.rules),
            "neurons": [asdict(neuron) | {"adds": list(neuron.adds)} for neuron in self.neurons],
        }


@final
@dataclass(frozen=True)
class _Side:
    """The tables of one side: before and after every layer, and after attention in each."""

    states: Sequence[Table]
    reads: Sequence[Table]

    @classmethod
    def of(cls, trace: Trace) -> _Side:
        return cls(
            [trace.initial, *(layer.after_mlp for layer in trace.layers)],
            [layer.after_attention for layer in trace.layers],
        )

    def value(self, layer: int, position: int, name: str, *, head: bool) -> Value | None:
        """Returns a value after a layer, or what a head reads in it; None where there is none."""
        if head:
            return self.reads[layer - 1][position][name] if 0 < layer <= len(self.reads) else None
        return self.states[layer][position][name] if layer < len(self.states) else None


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
    """Returns what surrounds a place, in a model as well if there is one.

    So many layers count at most, beyond which a program may fail; None if all do. Where the program
    itself fails in this layer, it has no state after it.
    """
    # One layer beyond the one in question, unless the runs have ended by then.
    bound = layer + 1 if layers is None else min(layers, layer + 1)
    taken = layer - 1 if fails else run(program, tokens, bound).n_layers
    expected = _Side.of(run(program, tokens, taken).trace)
    if fails:
        # Where the MLP fails attention does not, and what it reads shows why.
        expected = _Side(expected.states, [*expected.reads, attend(program, expected.states[-1])])
    shown = tuple(range(max(0, layer - 1), min(layer + 1, len(expected.reads)) + 1))
    positions = range(max(0, position - 1), min(len(tokens), position + 2))
    written = 0 < layer <= len(expected.reads) and variable in program.variables
    fired = firing(program, expected.reads[layer - 1][position]) if written else []
    rules = tuple(str(rule) for rule in fired if rule.variable == variable)
    # Where the program fails there is nothing to compare a model with.
    compared = None if fails else model
    actual = _Side([], []) if compared is None else _Side.of(compared.trace(tokens, taken))
    rows = _rows(program, (expected, actual), shown, positions)
    if compared is None or not layer:
        return Explanation(shown, rows, rules, (), (), two_sided=compared is not None)
    # The last three streams are those before the layer, after attention and after the MLP.
    before, attended, _ = compared.residual_streams(tokens, layer)[-3:]
    columns = compared.layout.columns.get(variable, ())
    neurons = writing_neurons(compared, attended[position], columns) if written else ()
    attention = tuple(
        attention_weights(compared, name, head, expected.states[layer - 1], before, position)
        for name, head in program.heads.items()
        # Rounding is none of the differences that matter.
        if len({_rounded(side.reads[layer - 1][position][name]) for side in (expected, actual)}) > 1
    )
    return Explanation(shown, rows, rules, neurons, attention, two_sided=True)


def _rows(
    program: Program, sides: Sequence[_Side], layers: Sequence[int], positions: Sequence[int]
) -> tuple[Row, ...]:
    def row(position: int, name: str, head: bool) -> Row:
        values = [[side.value(n, position, name, head=head) for side in sides] for n in layers]
        return Row(position, name, head, tuple(Cell(*pair) for pair in values))

    return tuple(
        row(position, name, name in program.heads)
        for position in positions
        for name in program.domains
    )


def as_json(value: Value | str | None) -> Any:
    """Returns a number as it is, a set as a sorted list, and anything else in words."""
    if isinstance(value, frozenset):
        return sorted(value)
    if value is None or isinstance(value, (int, float)):
        return value
    return str(value)


def _rounded(value: Value | None) -> str:
    """Returns a mean as people write it."""
    return show_value(float(f"{value:.6g}") if isinstance(value, float) else value)


def attention_weights(
    model: Model, head: str, declared: Head, state: Table, stream: npt.NDArray[Any], position: int
) -> AttentionWeights:
    """Returns what a head looks at from a position, the model's part computed in float64.

    The head is `declared` by the program, as its name in the model; state and residual stream are
    those before the layer.
    """
    # The model's own mask holds for it.
    shares = reference.attention_weights(
        model.weights.heads[head], model.program.heads[head].mask, stream
    )[position].tolist()
    visible = [(place, share) for place, share in enumerate(shares) if share >= _VISIBLE]
    # Most attention first, and from left to right where it is shared.
    visible.sort(key=lambda pair: (-pair[1], pair[0]))
    return AttentionWeights(
        head, tuple(selected(declared, state, position)), tuple(visible[:_MOST])
    )


def writing_neurons(
    model: Model, stream: npt.NDArray[Any], columns: tuple[int, ...]
) -> tuple[Neuron, ...]:
    """Returns the neurons that write to coordinates of a stream after attention, in float64."""
    if isinstance(model.weights.mlp, DenseBlock):
        # Its units mean nothing each on its own.
        return ()
    mlp = model.weights.mlp
    # In float64 it may differ from what runs in the last place: good enough to explain.
    active = reference.mlp(mlp, stream).fired
    # Only the entries of these columns: the matrix as a whole may be large.
    lookup = as_sparse(mlp.lookup_out)
    adds = np.zeros((len(active), len(columns)))
    for place, column in enumerate(columns):
        entries = lookup.pattern.columns == column
        neurons = lookup.pattern.rows[entries]
        adds[neurons, place] = active[neurons] * lookup.data[entries].astype(np.float64)
    # Those that add most come first; ties in the order of the units.
    size = np.abs(adds).max(axis=1, initial=0)
    order = sorted(np.flatnonzero(size).tolist(), key=lambda index: (-size[index], index))
    return tuple(
        Neuron(index, float(active[index]), tuple(adds[index].tolist())) for index in order[:_MOST]
    )
