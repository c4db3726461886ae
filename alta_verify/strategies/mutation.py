"""Mutations: a model in which one weight or a few are not what they were."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, final

import jax
import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from alta.nn.model import Model
from alta.nn.weights import Array, named

__all__ = ["Mutation", "mutations", "weights_near"]

_BITS: Final = {"float64": 53, "float32": 24, "bfloat16": 8, "float16": 11}
"""Significant bits of each format."""


@final
@dataclass(frozen=True)
class Mutation:
    """Is a model with what was done to it.

    Attributes:
        model: the mutated model.
        description: every weight that was changed: how, from what, to what.
    """

    model: Model = field(repr=False)
    description: str


def weights_near(model: Model, *, max_edits: int = 3) -> SearchStrategy[Model]:
    """Draws models that differ from a model in a few weights; see `mutations`."""
    return mutations(model, max_edits=max_edits).map(lambda mutation: mutation.model)


def mutations(model: Model, *, max_edits: int = 3) -> SearchStrategy[Mutation]:
    """Draws mutations of a model: one weight or a few are not what they were.

    A weight is set to 0 or to some dyadic number, doubled, negated, raised or lowered by 1, moved
    by very little, or exchanged with another one. Half of those that are changed were not 0. A
    number may be drawn that was there already, so that nothing changes.

    Args:
        model: the model; it is left as it is.
        max_edits: the most edits.
    """
    return _mutations(model, max_edits)


@st.composite
def _mutations(draw: st.DrawFn, model: Model, max_edits: int) -> Mutation:
    arrays = {name: array.copy() for name, array in named(model.weights) if array.size}
    edits = draw(st.integers(1, max_edits))
    description = "; ".join(_edit(draw, arrays, model.dtype) for _ in range(edits))
    leaves = [arrays.get(name, array) for name, array in named(model.weights)]
    structure = jax.tree.structure(model.weights)
    return Mutation(model.with_weights(jax.tree.unflatten(structure, leaves)), description)


def _edit(draw: st.DrawFn, arrays: Mapping[str, Array], dtype: str) -> str:
    """Changes one weight, or exchanges two, and says so."""
    name = draw(st.sampled_from(sorted(arrays)))
    array = arrays[name]
    flat = array.reshape(-1)
    anywhere = st.integers(0, len(flat) - 1)
    occupied = np.flatnonzero(flat).tolist()
    index = draw(st.sampled_from(occupied) | anywhere if occupied else anywhere)
    kind = draw(st.sampled_from([*_CHANGES, "noisy", "dyadic", "exchanged"]))
    old = float(flat[index])
    if kind == "exchanged":
        other = draw(anywhere)
        here, there = flat[index], flat[other]
        flat[index], flat[other] = there, here
        places = f"{_place(name, array, index)} and {_place(name, array, other)}"
        return f"{places} exchanged: {here:g} and {there:g}"
    if kind == "noisy":
        bits = draw(st.integers(2, _BITS[dtype] - 1))
        new = old + draw(st.sampled_from([1, -1])) * max(abs(old), 1.0) / 2**bits
    elif kind == "dyadic":
        new = draw(st.integers(-16, 16)) / 2 ** draw(st.integers(0, 4))
    else:
        new = _CHANGES[kind](old)
    flat[index] = new
    return f"{_place(name, array, index)} {kind}: {old:g} becomes {float(flat[index])!r}"


_CHANGES: Final[Mapping[str, Callable[[float], float]]] = {
    "zeroed": lambda _: 0.0,
    "doubled": lambda old: 2 * old,
    "negated": lambda old: -old,
    "raised": lambda old: old + 1,
    "lowered": lambda old: old - 1,
}


def _place(name: str, array: np.ndarray[Any, Any], index: int) -> str:
    where = ", ".join(str(int(one)) for one in np.unravel_index(index, array.shape))
    return f"{name}[{where}]"
