"""Nearby weights: a model with what people do to weights done to it, and said in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, final

import jax
import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from alta.nn.model import Model
from alta.nn.sparse import Array
from alta.nn.weights import ACCUMULATE, named
from alta_verify.strategies.program import check_counts, check_names
from alta_verify.weights.hidden import HiddenLayer, hidden_layers, permuted, rescaled, split
from alta_verify.weights.numbers import cast, pruned, quantised, with_numbers

__all__ = ["EXACT_WAYS", "WAYS", "Mutation", "mutations", "weights_near"]

EXACT_WAYS: Final = ("permuted", "rescaled", "split")
"""The ways that leave what a network computes in the reals as it is."""

WAYS: Final = (*EXACT_WAYS, "cast", "quantised", "perturbed", "pruned", "edited")
"""What can be done to weights."""

# Significant bits of each format.
_BITS: Final = {"float64": 53, "float32": 24, "bfloat16": 8, "float16": 11}


@final
@dataclass(frozen=True)
class Mutation:
    """A model with what was done to it.

    Attributes:
        model: the mutated model.
        description: what was done, one thing after another, with the weights' names.
    """

    model: Model = field(repr=False)
    description: str

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(repr(self))


def weights_near(
    model: Model, *, ways: Iterable[str] = WAYS, max_changes: int = 2
) -> SearchStrategy[Mutation]:
    """Draws models whose weights are a few steps away from those of a model.

    A step is one of `WAYS`: hidden units permuted, units measured in other units (a power of two),
    a unit split in two that share its weights out; all weights rounded to another format, to a
    grid of few bits and back, all moved by a little, the small ones pruned; or a weight edited, as
    in `mutations`. Those of `EXACT_WAYS` leave what the network computes in the reals as it is;
    the others may or may not.

    Args:
        model: the model; it is left as it is.
        ways: which steps there may be.
        max_changes: the most steps, at least 1.

    Returns:
        A strategy for the models, each with what was done in words.

    Raises:
        AltaError: for an unknown way, or when no step may be taken.
    """
    chosen = check_names("weights_near", "ways", ways, WAYS)
    check_counts("weights_near", 1, max_changes=max_changes)
    return _nearby(model, chosen, max_changes)


def mutations(model: Model, *, max_edits: int = 3) -> SearchStrategy[Mutation]:
    """Draws mutations of a model: one weight or a few are not what they were.

    A weight is set to 0 or to some dyadic number, doubled, negated, raised or lowered by 1, moved
    by very little, or exchanged with another one. Half of those that are changed were not 0. Some
    weight is always another number than before.

    Args:
        model: the model; it is left as it is.
        max_edits: the most edits, at least 1.

    Raises:
        AltaError: when no edit may be made.
    """
    check_counts("mutations", 1, max_edits=max_edits)
    return _nearby(model, ("edited",), max_edits).filter(lambda drawn: _differ(drawn.model, model))


def _differ(first: Model, second: Model) -> bool:
    """Whether some weight is another number: edits may undo one another."""
    pairs = zip(named(first.weights), named(second.weights), strict=True)
    return any(bool((before != after).any()) for (_, before), (_, after) in pairs)


@st.composite
def _nearby(draw: st.DrawFn, model: Model, ways: tuple[str, ...], max_changes: int) -> Mutation:
    said = []
    for _ in range(draw(st.integers(1, max_changes))):
        model, words = draw(_STEPS[draw(st.sampled_from(ways))](model))
        # What a smaller format cannot hold is infinite there, which is no weight.
        arrays = (array.astype(np.float64) for _, array in named(model.weights))
        assume(all(np.isfinite(array).all() for array in arrays))
        said.append(words)
    return Mutation(model, "; ".join(said))


_Step = SearchStrategy[tuple[Model, str]]


def _in_a_layer(
    draw: st.DrawFn, model: Model, *, units: int = 1, unclipped: bool = False
) -> HiddenLayer | None:
    """Draws a hidden layer with so many units; None where there is none."""
    layers = [
        layer
        for layer in hidden_layers(model)
        if layer.size >= units and not (unclipped and layer.clipped)
    ]
    return draw(st.sampled_from(layers)) if layers else None


@st.composite
def _permuted(draw: st.DrawFn, model: Model) -> tuple[Model, str]:
    layer = _in_a_layer(draw, model, units=2)
    if layer is None:
        return model, "nothing to permute"
    # A few exchanges rather than any order: they shrink to one.
    pair = st.lists(st.integers(0, layer.size - 1), min_size=2, max_size=2, unique=True)
    pairs = draw(st.lists(pair, min_size=1, max_size=4))
    order = list(range(layer.size))
    for first, second in pairs:
        order[first], order[second] = order[second], order[first]
    exchanged = ", ".join(f"{first} with {second}" for first, second in pairs)
    return permuted(model, layer, order), f"{layer.name}: units exchanged, {exchanged}"


@st.composite
def _rescaled(draw: st.DrawFn, model: Model) -> tuple[Model, str]:
    layer = _in_a_layer(draw, model, unclipped=True)
    if layer is None:
        return model, "nothing to rescale"
    # Powers of two, by which multiplication is exact in every format, in the normal range.
    exponent = draw(st.sampled_from((1, -1, 2, -2, 3, -3)))
    unit = draw(st.none() | st.integers(0, layer.size - 1))
    factors = np.ones(layer.size)
    factors[slice(None) if unit is None else unit] = 2.0**exponent
    units = "all units" if unit is None else f"unit {unit}"
    words = f"{layer.name}: {units} times {2.0**exponent:g}"
    return rescaled(model, layer, factors.tolist()), words


@st.composite
def _split(draw: st.DrawFn, model: Model) -> tuple[Model, str]:
    # Of the clipped layers a unit is what a neuron is.
    layer = _in_a_layer(draw, model)
    if layer is None:
        return model, "nothing to split"
    unit = draw(st.integers(0, layer.size - 1))
    # With 1 the twin has weight 0; with 2 the unit counts twice, and the twin takes one away.
    share = draw(st.sampled_from((0.5, 0.25, 0.75, 1.0, 2.0)))
    words = f"{layer.name}: unit {unit} split, {share:g} and {1 - share:g}"
    return split(model, layer, unit, share), words


@st.composite
def _cast(draw: st.DrawFn, model: Model) -> tuple[Model, str]:
    dtype = draw(st.sampled_from([dtype for dtype in ACCUMULATE if dtype != model.dtype]))
    back = draw(st.booleans())
    result = cast(model, dtype)
    if back:
        return cast(result, model.dtype), f"cast to {dtype} and back to {model.dtype}"
    return result, f"cast to {dtype}"


@st.composite
def _quantised(draw: st.DrawFn, model: Model) -> tuple[Model, str]:
    bits = draw(st.sampled_from((8, 4, 6, 16)))
    scales = draw(st.sampled_from(("array", "column")))
    result = quantised(model, bits, scales=scales)  # type: ignore[arg-type]
    return result, f"rounded to int{bits} with a scale for each {scales}, and back"


@st.composite
def _perturbed(draw: st.DrawFn, model: Model) -> tuple[Model, str]:
    bits, seed = draw(st.integers(2, 20)), draw(st.integers(0, 2**16))
    rng = np.random.default_rng(seed)

    def moved(array: Array) -> Array:
        # Relative noise, so that what is 0 stays 0.
        noise = rng.uniform(-1, 1, array.shape) / 2**bits
        result: Array = (array.astype(np.float64) * (1 + noise)).astype(array.dtype)
        return result

    return with_numbers(
        model, moved
    ), f"every weight moved by up to 1/{2**bits} of itself (seed {seed})"


@st.composite
def _pruned(draw: st.DrawFn, model: Model) -> tuple[Model, str]:
    below = draw(st.sampled_from((0.25, 0.5, 1.0, 1.5, 2.0, 4.0)))
    return pruned(model, below), f"weights below {below:g} pruned"


@st.composite
def _edited(draw: st.DrawFn, model: Model) -> tuple[Model, str]:
    """Draws a model with one edit, and what it was in words."""
    arrays = {name: array for name, array in named(model.weights) if array.size}
    name = draw(st.sampled_from(sorted(arrays)))
    changed = arrays[name].copy()
    words = _edit(draw, name, changed, model.dtype)
    leaves = [changed if place == name else array for place, array in named(model.weights)]
    structure = jax.tree.structure(model.weights)
    return model.with_weights(jax.tree.unflatten(structure, leaves)), words


def _edit(draw: st.DrawFn, name: str, array: np.ndarray[Any, Any], dtype: str) -> str:
    """Changes one weight of an array, or exchanges two, and says so."""
    flat = array.reshape(-1)
    anywhere = st.integers(0, len(flat) - 1)
    occupied = np.flatnonzero(flat).tolist()
    # Half of the time one that is not 0, as most weights of a compiled model are 0.
    index = draw(st.sampled_from(occupied) | anywhere if occupied else anywhere)
    old = float(flat[index])

    def held(number: float) -> float:
        return float(np.asarray(number).astype(array.dtype))

    # Only what makes a difference, in the format of the weights.
    kinds = [kind for kind, change in _CHANGES.items() if held(change(old)) != old]
    partners = np.flatnonzero(flat != flat[index]).tolist()
    kind = draw(st.sampled_from([*kinds, "noisy", "dyadic", *(["exchanged"] if partners else [])]))
    if kind == "exchanged":
        partner = draw(st.sampled_from(partners))
        exchanged = flat[partner]
        flat[index], flat[partner] = exchanged, flat[index]
        places = f"{_place(name, array, index)} and {_place(name, array, partner)}"
        return f"{places} exchanged: {old:g} and {exchanged:g}"
    if kind == "noisy":
        bits = draw(st.integers(2, _BITS[dtype] - 1))
        # By at least one last place, so that rounding to the format does not undo it.
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
    where = ", ".join(str(int(axis)) for axis in np.unravel_index(index, array.shape))
    return f"{name}[{where}]"


_STEPS: Final[Mapping[str, Callable[[Model], _Step]]] = {
    "permuted": _permuted,
    "rescaled": _rescaled,
    "split": _split,
    "cast": _cast,
    "quantised": _quantised,
    "perturbed": _perturbed,
    "pruned": _pruned,
    "edited": _edited,
}
