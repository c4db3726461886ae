"""Feed-forward blocks: one that is built another way than the compiler's, and where things are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from alta.lang.program import Program
from alta.lang.rules import Rule
from alta.nn.layout import Layout
from alta.nn.model import Model
from alta.nn.weights import MLPWeights
from tests.alta_verify.mutants import with_mlp

__all__ = ["condition_of", "neuron_of", "sums_of", "unshared"]


def condition_of(model: Model, atoms: Mapping[str, int]) -> int:
    """The unit of the expansion that is the conjunction of exactly these atoms, or snaps one."""
    mlp, columns = model.weights.mlp, model.layout.columns
    wanted = np.zeros(model.layout.width)
    wanted[[columns[name][value] for name, value in atoms.items()]] = 2
    (unit,) = np.flatnonzero((np.asarray(mlp.expand_in) == wanted[:, None]).all(axis=0)).tolist()
    return unit


def sums_of(model: Model, variable: str, value: int, weight: int) -> list[int]:
    """The sums that are read by the neurons that add 1 to a coordinate, or take 1 away."""
    mlp = model.weights.mlp
    column = np.asarray(mlp.lookup_out)[:, model.layout.columns[variable][value]]
    neurons = np.flatnonzero(column == weight)
    return np.flatnonzero(np.asarray(mlp.lookup_in)[:, neurons].any(axis=1)).tolist()


def neuron_of(model: Model, atoms: Mapping[str, int]) -> int:
    """The neuron of an unshared block that is the conjunction of exactly these atoms."""
    mlp = model.weights.mlp
    wanted = np.zeros(len(mlp.lookup_in))
    wanted[[condition_of(model, {name: value}) for name, value in atoms.items()]] = 1
    (neuron,) = np.flatnonzero((mlp.lookup_in == wanted[:, None]).all(axis=0)).tolist()
    return neuron


def unshared(program: Program, model: Model) -> Model:
    """The model with a block in which no two rules share anything.

    Every coordinate of a variable is snapped by itself, and looked up by one neuron for each
    condition joined with an old value that it takes away.
    """
    mlp = _unshared(program, model.layout)
    dtype = model.weights.token_embedding.dtype
    cast = {name: np.asarray(array, dtype=dtype) for name, array in vars(mlp).items()}
    return with_mlp(model, MLPWeights(**cast))


def _unshared(program: Program, layout: Layout) -> MLPWeights:
    width = layout.width
    carried = [column for name in program.heads for column in layout.columns[name]]
    expand_in = np.concatenate([2 * np.eye(width), np.eye(width)[:, carried] / 2], axis=1)
    expand_in_bias = np.array(width * [-0.5] + len(carried) * [0.0])
    neurons: dict[tuple[tuple[str, int], ...], list[tuple[str, int, int]]] = {}
    for rule in program.rules:
        if not program.is_trap(rule):
            for atoms, old in _with_old_value(program, rule):
                changes = neurons.setdefault(tuple(sorted(atoms.items())), [])
                changes.append((rule.variable, old, program.index_assigned(rule)))
    count = len(neurons) + len(carried)
    lookup_in = np.zeros((width + len(carried), count))
    lookup_in_bias = np.zeros(count)
    lookup_out = np.zeros((count, width))
    for index, (condition, moves) in enumerate(neurons.items()):
        for name, value in condition:
            lookup_in[layout.columns[name][value], index] = 1
        lookup_in_bias[index] = 1 - len(condition)
        for variable, old, new in moves:
            lookup_out[index, layout.columns[variable][old]] = -1
            lookup_out[index, layout.columns[variable][new]] = 1
    for number, column in enumerate(carried):
        lookup_in[width + number, len(neurons) + number] = 1
        lookup_out[len(neurons) + number, column] = -2
    return MLPWeights(
        expand_in=expand_in,
        expand_in_bias=expand_in_bias,
        expand_out=np.eye(width + len(carried)),
        expand_out_bias=np.zeros(width + len(carried)),
        lookup_in=lookup_in,
        lookup_in_bias=lookup_in_bias,
        lookup_out=lookup_out,
        lookup_out_bias=np.zeros(width),
    )


def _with_old_value(program: Program, rule: Rule) -> Iterator[tuple[dict[str, int], int]]:
    """The rule's condition joined with each old value that it would change."""
    atoms = {atom.variable: atom.value for atom in rule.atoms}
    if rule.variable in atoms:
        yield atoms, atoms[rule.variable]
        return
    for old in range(program.variables[rule.variable].size):
        if old != program.index_assigned(rule):
            yield {**atoms, rule.variable: old}, old
