"""Mutants: models that differ from a compiled one in a single thing, each with a name."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import jax
import numpy as np

from alta.nn.layout import Layout
from alta.nn.model import Model
from alta.nn.weights import Array, HeadWeights, MLPWeights, named

__all__ = [
    "CHANGES",
    "Mutant",
    "expansions_permuted",
    "filled_zeros",
    "neurons_permuted",
    "sampled",
    "swapped_columns",
    "weight_mutants",
    "with_arrays",
    "with_heads",
    "with_idle_units",
    "with_mlp",
    "with_scale",
]

Index = tuple[int, ...]

Change = Callable[[Array, Index], "Array | None"]
"""Returns an array with one weight changed, or None where that cannot be done."""


@dataclass(frozen=True)
class Mutant:
    """A model with what was done to it."""

    name: str
    model: Model


def _set(factor: float) -> Change:
    def change(array: Array, index: Index) -> Array:
        changed = array.copy()
        changed[index] *= factor
        return changed

    return change


def _moved(axis: int, step: int) -> Change:
    def change(array: Array, index: Index) -> Array | None:
        if axis == 0 and array.ndim == 1:
            return None  # the first axis is the last one
        target = list(index)
        target[axis] += step
        if not 0 <= target[axis] < array.shape[axis]:
            return None
        changed = array.copy()
        changed[tuple(target)] = array[index]
        changed[index] = 0
        return changed

    return change


CHANGES: Mapping[str, Change] = {
    "zeroed": _set(0),
    "doubled": _set(2),
    "negated": _set(-1),
    "moved to the previous column": _moved(-1, -1),
    "moved to the next column": _moved(-1, 1),
    "moved to the previous row": _moved(0, -1),
    "moved to the next row": _moved(0, 1),
}
"""What is done to a weight that is not 0."""


def with_arrays(model: Model, arrays: Mapping[str, Array]) -> Model:
    """The model with some arrays replaced, by their dotted names."""
    leaves = [arrays.get(name, array) for name, array in named(model.weights)]
    return model.with_weights(jax.tree.unflatten(jax.tree.structure(model.weights), leaves))


def weight_mutants(model: Model) -> Iterator[Mutant]:
    """Every weight that is not 0, one at a time, with every change that leads to new weights."""
    for name, array in named(model.weights):
        seen = {array.tobytes()}
        for index in map(tuple, np.argwhere(array != 0).tolist()):
            for change, apply in CHANGES.items():
                changed = apply(array, index)
                if changed is not None and changed.tobytes() not in seen:
                    seen.add(changed.tobytes())
                    where = f"{name}{list(index)} {change}"
                    yield Mutant(where, with_arrays(model, {name: changed}))


def filled_zeros(model: Model) -> Iterator[Mutant]:
    """Every weight that is 0, one at a time, set to 1."""
    for name, array in named(model.weights):
        for index in map(tuple, np.argwhere(array == 0).tolist()):
            changed = array.copy()
            changed[index] = 1
            yield Mutant(f"{name}{list(index)} set to 1", with_arrays(model, {name: changed}))


def swapped_columns(model: Model) -> Iterator[Mutant]:
    """Every two coordinates exchanged in the layout, while the weights stay where they are."""
    owners = [(name, i) for name, own in model.layout.columns.items() for i in range(len(own))]
    for (a, i), (b, j) in combinations(owners, 2):
        columns = {name: list(own) for name, own in model.layout.columns.items()}
        columns[a][i], columns[b][j] = columns[b][j], columns[a][i]
        layout = Layout(model.layout.width, {name: tuple(own) for name, own in columns.items()})
        yield Mutant(f"{a}={i} and {b}={j} exchanged", replace(model, layout=layout))


def with_heads(model: Model, heads: Mapping[str, HeadWeights]) -> Model:
    """The model with some heads replaced."""
    known = dict(model.weights.heads)
    return model.with_weights(replace(model.weights, heads=known | dict(heads)))


def with_mlp(model: Model, mlp: MLPWeights) -> Model:
    """The model with another feed-forward block."""
    return model.with_weights(replace(model.weights, mlp=mlp))


def with_scale(model: Model, factor: float) -> Model:
    """The model with all queries and keys multiplied, so that scores are by its square."""
    heads = {
        name: replace(head, query=head.query * factor, key=head.key * factor)
        for name, head in model.weights.heads.items()
    }
    return with_heads(model, heads)


def neurons_permuted(model: Model, order: Iterable[int]) -> Model:
    """The same model with the neurons of the look-up in another order."""
    mlp, order = model.weights.mlp, list(order)
    return with_mlp(
        model,
        replace(
            mlp,
            lookup_in=mlp.lookup_in[:, order],
            lookup_in_bias=mlp.lookup_in_bias[order],
            lookup_out=mlp.lookup_out[order],
        ),
    )


def expansions_permuted(model: Model, hidden: Iterable[int], expanded: Iterable[int]) -> Model:
    """The same model with both kinds of units of the expansion in another order."""
    mlp, hidden, expanded = model.weights.mlp, list(hidden), list(expanded)
    return with_mlp(
        model,
        replace(
            mlp,
            expand_in=mlp.expand_in[:, hidden],
            expand_in_bias=mlp.expand_in_bias[hidden],
            expand_out=mlp.expand_out[hidden][:, expanded],
            expand_out_bias=mlp.expand_out_bias[expanded],
            lookup_in=mlp.lookup_in[expanded],
        ),
    )


def sampled(mutants: Iterable[Mutant], count: int) -> list[Mutant]:
    """Some of the mutants, always the same."""
    known = list(mutants)
    return random.Random(0).sample(known, min(count, len(known)))


def with_idle_units(model: Model, column: int, weight: float) -> Model:
    """Adds units that nothing reads: two that are a coordinate, their sum, and a neuron of both.

    Whatever they are, nothing else changes, unless they overflow: then 0 times infinity is added.
    """
    mlp = model.dense().weights.compiled_mlp
    coordinate = np.zeros((mlp.expand_in.shape[0], 2), np.float32)
    coordinate[column] = 1
    expand_out = np.pad(mlp.expand_out, [(0, 2), (0, 1)])
    expand_out[-2:, -1] = weight
    return with_arrays(
        model.dense(),
        {
            "mlp.expand_in": np.hstack([mlp.expand_in, coordinate]),
            "mlp.expand_in_bias": np.pad(mlp.expand_in_bias, (0, 2)),
            "mlp.expand_out": expand_out,
            "mlp.expand_out_bias": np.pad(mlp.expand_out_bias, (0, 1)),
            "mlp.lookup_in": np.pad(mlp.lookup_in, [(0, 1), (0, 0)]),
        },
    )
