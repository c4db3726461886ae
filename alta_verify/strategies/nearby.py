"""Nearby weights: a model with what people do to weights done to it, and said in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, final

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from alta.nn.model import Model
from alta.nn.sparse import Array, Matrix, SparseMatrix
from alta.nn.weights import ACCUMULATE, map_matrices, named
from alta_verify.strategies.arguments import check_counts, check_names
from alta_verify.strategies.edit import edited
from alta_verify.weights.hidden import HiddenLayer, hidden_layers, permuted, rescaled, split
from alta_verify.weights.numbers import cast, pruned, quantised

__all__ = ["EXACT_WAYS", "WAYS", "Mutation", "mutations", "weights_near"]

WAYS: Final = (
    "permuted",
    "rescaled",
    "split",
    "cast",
    "quantised",
    "perturbed",
    "pruned",
    "edited",
)
"""What can be done to weights."""

EXACT_WAYS: Final = ("permuted", "rescaled", "split")
"""The ways that leave what a network computes in the reals as it is."""


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
    return any(bool((one != other).any()) for (_, one), (_, other) in pairs)


@st.composite
def _nearby(draw: st.DrawFn, model: Model, ways: tuple[str, ...], most: int) -> Mutation:
    said = []
    for _ in range(draw(st.integers(1, most))):
        model, words = draw(_step(model, ways))
        # What a smaller format cannot hold is infinite there, which is no weight.
        arrays = (array.astype(np.float64) for _, array in named(model.weights))
        assume(all(np.isfinite(array).all() for array in arrays))
        said.append(words)
    return Mutation(model, "; ".join(said))


_Step = SearchStrategy[tuple[Model, str]]


def _step(model: Model, ways: tuple[str, ...]) -> _Step:
    return st.sampled_from(ways).flatmap(lambda way: _STEPS[way](model))


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
    for one, other in pairs:
        order[one], order[other] = order[other], order[one]
    exchanged = ", ".join(f"{one} with {other}" for one, other in pairs)
    return permuted(model, layer, order), f"{layer.name}: units exchanged, {exchanged}"


@st.composite
def _rescaled(draw: st.DrawFn, model: Model) -> tuple[Model, str]:
    layer = _in_a_layer(draw, model, unclipped=True)
    if layer is None:
        return model, "nothing to rescale"
    exponent = draw(st.sampled_from((1, -1, 2, -2, 3, -3)))
    unit = draw(st.none() | st.integers(0, layer.size - 1))
    factors = np.ones(layer.size)
    factors[slice(None) if unit is None else unit] = 2.0**exponent
    which = "all units" if unit is None else f"unit {unit}"
    return rescaled(
        model, layer, factors.tolist()
    ), f"{layer.name}: {which} times {2.0**exponent:g}"


@st.composite
def _split(draw: st.DrawFn, model: Model) -> tuple[Model, str]:
    # Of the clipped layers a unit is what a neuron is.
    layer = _in_a_layer(draw, model)
    if layer is None:
        return model, "nothing to split"
    unit = draw(st.integers(0, layer.size - 1))
    share = draw(st.sampled_from((0.5, 0.25, 0.75, 1.0, 2.0)))
    words = f"{layer.name}: unit {unit} split, {share:g} and {1 - share:g}"
    return split(model, layer, unit, share), words


@st.composite
def _cast(draw: st.DrawFn, model: Model) -> tuple[Model, str]:
    dtype = draw(st.sampled_from([one for one in ACCUMULATE if one != model.dtype]))
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

    def moved(matrix: Matrix) -> Matrix:
        if isinstance(matrix, SparseMatrix):
            return SparseMatrix(moved_array(matrix.data), matrix.pattern)
        return moved_array(matrix)

    def moved_array(array: Array) -> Array:
        noise = rng.uniform(-1, 1, array.shape) / 2**bits
        result: Array = (array.astype(np.float64) * (1 + noise)).astype(array.dtype)
        return result

    changed = model.with_weights(map_matrices(moved, model.weights))
    return changed, f"every weight moved by up to 1/{2**bits} of itself (seed {seed})"


@st.composite
def _pruned(draw: st.DrawFn, model: Model) -> tuple[Model, str]:
    below = draw(st.sampled_from((0.25, 0.5, 1.0, 1.5, 2.0, 4.0)))
    return pruned(model, below), f"weights below {below:g} pruned"


_STEPS: Final[Mapping[str, Callable[[Model], _Step]]] = {
    "permuted": _permuted,
    "rescaled": _rescaled,
    "split": _split,
    "cast": _cast,
    "quantised": _quantised,
    "perturbed": _perturbed,
    "pruned": _pruned,
    "edited": edited,
}
