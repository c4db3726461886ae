"""Hidden units: they may stand in any order, be split, and be measured in other units.

A *hidden layer* is what lies between two matrices: weights lead into each of its units and out of
it, and nothing else says what the unit is for. So whatever is done on both sides together leaves
what the network computes as it is, in the reals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, final

import numpy as np

from alta.errors import AltaError
from alta.nn.model import Model
from alta.nn.sparse import Array, Matrix, SparseMatrix

__all__ = ["HiddenLayer", "hidden_layers", "permuted", "rescaled", "split"]


@final
@dataclass(frozen=True)
class HiddenLayer:
    """What lies between two matrices of a model.

    Attributes:
        owner: a head's name, or ``""`` for the feed-forward block.
        inward: the matrix that leads into the units, each a column.
        bias: the bias of the units, or ``""``.
        outward: the matrix that leads out of them.
        axis: the axis of `outward` along which the units are; 1 for keys, which meet the queries
            unit by unit.
        size: the number of units.
        clipped: whether units are clipped to 0 … 1, so that they cannot be measured otherwise.
    """

    owner: str
    inward: str
    bias: str
    outward: str
    axis: int
    size: int
    clipped: bool

    @property
    def name(self) -> str:
        """The matrices, for people: for example ``"mlp: expand_out to lookup_in"``."""
        return f"{self.owner or 'mlp'}: {self.inward} to {self.outward}"


# Inward matrix, bias, outward matrix, and whether the units between them are clipped.
_MLP: Final = (
    ("expand_in", "expand_in_bias", "expand_out", True),
    ("expand_out", "expand_out_bias", "lookup_in", False),
    ("lookup_in", "lookup_in_bias", "lookup_out", True),
)

# In a score queries meet keys unit by unit, so that units are columns (axis 1) of both.
_HEAD: Final = (("query", "key", 1), ("value", "output", 0))


def hidden_layers(model: Model) -> tuple[HiddenLayer, ...]:
    """Returns the hidden layers of a model: three of the feed-forward block, two of each head."""
    weights = model.weights
    layers = []
    for inward, bias, outward, clipped in _MLP:
        size = getattr(weights.compiled_mlp, inward).shape[1]
        layers.append(HiddenLayer("", inward, bias, outward, 0, size, clipped))
    for name, head in weights.heads.items():
        for inward, outward, axis in _HEAD:
            size = getattr(head, inward).shape[1]
            layers.append(HiddenLayer(name, inward, "", outward, axis, size, False))
    return tuple(layers)


def permuted(model: Model, layer: HiddenLayer, order: Sequence[int]) -> Model:
    """Returns the same model with the units of a hidden layer in another order.

    Args:
        model: the model.
        layer: one of its hidden layers.
        order: every unit once.

    Raises:
        AltaError: when a unit is missing, or there twice.
    """
    if sorted(order) != list(range(layer.size)):
        raise AltaError(
            f"permuted: {layer.name}: expected each of the units 0 … {layer.size - 1} once, got "
            f"order={list(order)!r}"
        )
    return _with_units(model, layer, order)


def split(model: Model, layer: HiddenLayer, unit: int, share: float = 0.5) -> Model:
    """Returns the same model with a unit split in two that do the same, with a share each.

    Args:
        model: the model.
        layer: one of its hidden layers.
        unit: the one that is split; its twin comes last.
        share: the part of its outward weights that the unit keeps; the twin has what is left to
            the weight as it was. Both are rounded to the format.

    Raises:
        AltaError: when there is no such unit.
    """
    if not 0 <= unit < layer.size:
        raise AltaError(
            f"split: {layer.name}: expected a unit from 0 to {layer.size - 1}, got unit={unit!r}"
        )
    order = [*range(layer.size), unit]
    # Both twins compute the same number u, and s u + (1 - s) u = u.
    shares = np.ones(len(order))
    shares[[unit, -1]] = share, 1 - share
    return _with_units(model, layer, order, outward=shares)


def rescaled(model: Model, layer: HiddenLayer, factor: float | Sequence[float]) -> Model:
    """Returns the same model with the units of a hidden layer multiplied by something.

    What leads in is multiplied, and what leads out is divided by the same; both are rounded to the
    format, which is exact for powers of two. In a clipped layer this keeps the model as it is only
    for those units on which the clip does not act.

    Args:
        model: the model.
        layer: one of its hidden layers.
        factor: for all units, or for each of them.
    """
    factors = np.broadcast_to(np.asarray(factor, dtype=np.float64), (layer.size,))
    return _with_units(model, layer, range(layer.size), inward=factors, outward=1 / factors)


def _with_units(
    model: Model,
    layer: HiddenLayer,
    order: Sequence[int],
    *,
    inward: Array | None = None,
    outward: Array | None = None,
) -> Model:
    """Returns the model with the units of a layer taken in an order and multiplied."""
    # Without bias and clip a hidden layer is the product V W. For a permutation P it is
    # (V P)(Pᵀ W), for a diagonal D it is (V D)(D⁻¹ W), and a column of V that is there twice meets
    # the shares of its row of W.
    weights = model.weights
    part = weights.heads[layer.owner] if layer.owner else weights.compiled_mlp
    changes = {
        layer.inward: _taken(getattr(part, layer.inward), order, 1, inward),
        layer.outward: _taken(getattr(part, layer.outward), order, layer.axis, outward),
    }
    if layer.bias:
        changes[layer.bias] = _taken(getattr(part, layer.bias), order, 0, inward)
    changed: Any = replace(part, **changes)  # type: ignore[arg-type]
    if not layer.owner:
        return model.with_weights(replace(weights, mlp=changed))
    return model.with_weights(replace(weights, heads={**weights.heads, layer.owner: changed}))


def _taken(matrix: Matrix, order: Sequence[int], axis: int, factors: Array | None) -> Matrix:
    """Returns the rows or columns of a matrix in an order, each times its factor, rounded once."""
    chosen = np.asarray(order, dtype=np.int64)
    if isinstance(matrix, SparseMatrix):
        return _taken_sparse(matrix, chosen, axis, factors)
    taken = matrix.take(chosen, axis=axis)
    if factors is None:
        return taken
    shape = [1] * matrix.ndim
    shape[axis] = -1
    # Multiplied in float64, so that only the format rounds.
    product: Array = (taken.astype(np.float64) * factors.reshape(shape)).astype(matrix.dtype)
    return product


def _taken_sparse(
    matrix: SparseMatrix, order: Array, axis: int, factors: Array | None
) -> SparseMatrix:
    places = [matrix.pattern.rows, matrix.pattern.columns]
    # Entries sorted by unit: those of unit i are counts[i] in a row, from starts[i] on.
    by_unit = np.argsort(places[axis], kind="stable")
    counts = np.bincount(places[axis], minlength=matrix.shape[axis])
    starts = np.cumsum(counts) - counts
    # The entries of each unit that is asked for, one unit after another.
    sizes = counts[order]
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    entries = by_unit[np.repeat(starts[order], sizes) + within]
    unit = np.repeat(np.arange(len(order)), sizes)
    data = matrix.data[entries]
    if factors is not None:
        data = (data.astype(np.float64) * factors[unit]).astype(matrix.dtype)
    shape = list(matrix.shape)
    shape[axis] = len(order)
    across = places[1 - axis][entries]
    rows, columns = (unit, across) if axis == 0 else (across, unit)
    return SparseMatrix.of(rows, columns, data, (shape[0], shape[1]))
