"""Explanation of a counterexample: what both sides do around the place where it shows.

It shows a difference of a few values, not all that happened: the layer in question with the one
before and the one after, and the position with its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, final

from alta.interp.run import Trace, run
from alta.interp.step import Table, attend, indices
from alta.lang.paths import ManyPaths
from alta.lang.program import Program
from alta.lang.values import Value, show_value
from alta.nn.model import Model
from alta_verify.search.attention_weights import AttentionWeights, attention_weights
from alta_verify.search.neurons import Neuron, writing_neurons

__all__ = ["Cell", "Explanation", "Row", "as_json", "explain"]

# Of larger tables those rows are shown that change or differ.
_MAX_ROWS: Final = 24


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
        """Returns the values as text, a column a layer; of a large table what changes or differs.

        Args:
            names: the token at each position, in words.
            mark: position and variable in question, which get an arrow.
        """
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
    rules = _firing(program, expected.reads[layer - 1], position, variable) if written else ()
    if model is None or fails:
        # Where the program fails there is nothing to compare a model with.
        rows = _rows(program, (expected, _Side([], [])), shown, positions)
        return Explanation(shown, rows, rules, (), (), two_sided=False)
    actual = _Side.of(model.trace(tokens, taken))
    rows = _rows(program, (expected, actual), shown, positions)
    if not layer:
        return Explanation(shown, rows, rules, (), (), two_sided=True)
    # The last three streams are those before the layer, after attention and after the MLP.
    before, attended, _ = model.residual_streams(tokens, layer)[-3:]
    columns = model.layout.columns.get(variable, ())
    neurons = writing_neurons(model, attended[position], columns) if written else ()
    attention = tuple(
        attention_weights(model, name, head, expected.states[layer - 1], before, position)
        for name, head in program.heads.items()
        if not _alike(expected.reads[layer - 1], actual.reads[layer - 1], position, name)
    )
    return Explanation(shown, rows, rules, neurons, attention, two_sided=True)


def _rows(
    program: Program, sides: Sequence[_Side], layers: Sequence[int], positions: Sequence[int]
) -> tuple[Row, ...]:
    def cell(layer: int, position: int, name: str) -> Cell:
        head = name in program.heads
        return Cell(*(side.value(layer, position, name, head=head) for side in sides))

    return tuple(
        Row(
            position,
            name,
            name in program.heads,
            tuple(cell(layer, position, name) for layer in layers),
        )
        for position in positions
        for name in program.domains
    )


def _firing(program: Program, read: Table, position: int, variable: str) -> tuple[str, ...]:
    # A function with too many paths has no rules to name.
    if isinstance(program.mlp, ManyPaths):
        return ()
    rules = program.rules_by_variable[variable]
    tested = {atom.variable for rule in rules for atom in rule.atoms}
    tested_indices = indices(program, read[position], tested)
    return tuple(str(rule) for rule in rules if rule.fires(tested_indices))


def as_json(value: Value | str | None) -> Any:
    """Returns a number as it is, a set as a sorted list, and anything else in words."""
    if isinstance(value, frozenset):
        return sorted(value)
    if value is None or isinstance(value, (int, float)):
        return value
    return str(value)


def _alike(expected: Table, actual: Table, position: int, name: str) -> bool:
    """Says whether what a head reads on both sides looks the same."""
    return _rounded(expected[position][name]) == _rounded(actual[position][name])


def _rounded(value: Value | None) -> str:
    """Returns a mean as people write it: rounding is none of the differences that matter."""
    return show_value(float(f"{value:.6g}") if isinstance(value, float) else value)
