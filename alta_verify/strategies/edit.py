"""Edits: a single weight is not what it was, or two are exchanged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import jax
import numpy as np
from hypothesis import strategies as st

from alta.nn.model import Model
from alta.nn.weights import named

__all__ = ["edited"]

_BITS: Final = {"float64": 53, "float32": 24, "bfloat16": 8, "float16": 11}
"""Significant bits of each format."""


@st.composite
def edited(draw: st.DrawFn, model: Model) -> tuple[Model, str]:
    """Draws a model with one edit, and what it was in words.

    Args:
        draw: given by Hypothesis.
        model: the model; it is left as it is.
    """
    arrays = {name: array for name, array in named(model.weights) if array.size}
    name = draw(st.sampled_from(sorted(arrays)))
    changed = arrays[name].copy()
    words = _edit(draw, name, changed, model.dtype)
    leaves = [changed if one == name else array for one, array in named(model.weights)]
    structure = jax.tree.structure(model.weights)
    return model.with_weights(jax.tree.unflatten(structure, leaves)), words


def _edit(draw: st.DrawFn, name: str, array: np.ndarray[Any, Any], dtype: str) -> str:
    """Changes one weight of an array, or exchanges two, and says so."""
    flat = array.reshape(-1)
    anywhere = st.integers(0, len(flat) - 1)
    occupied = np.flatnonzero(flat).tolist()
    index = draw(st.sampled_from(occupied) | anywhere if occupied else anywhere)
    old = float(flat[index])

    def held(number: float) -> float:
        return float(np.asarray(number).astype(array.dtype))

    # Only what makes a difference, in the format of the weights.
    kinds = [kind for kind, change in _CHANGES.items() if held(change(old)) != old]
    others = np.flatnonzero(flat != flat[index]).tolist()
    kind = draw(st.sampled_from([*kinds, "noisy", "dyadic", *(["exchanged"] if others else [])]))
    if kind == "exchanged":
        other = draw(st.sampled_from(others))
        here, there = flat[index], flat[other]
        flat[index], flat[other] = there, here
        places = f"{_place(name, array, index)} and {_place(name, array, other)}"
        return f"{places} exchanged: {here:g} and {there:g}"
    if kind == "noisy":
        bits = draw(st.integers(2, _BITS[dtype] - 1))
        new = old + draw(st.sampled_from([1, -1])) * max(abs(old), 1.0) / 2**bits
    elif kind == "dyadic":
        new = draw(st.integers(-16, 16)) / 2 ** draw(st.integers(0, 4))
        new = 17.0 if held(new) == old else new
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
