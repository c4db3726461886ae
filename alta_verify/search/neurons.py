"""Neurons: what the units of a compiled look-up add to the coordinates of a variable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from alta.nn import reference
from alta.nn.block import DenseBlock
from alta.nn.model import Model
from alta.nn.sparse import as_sparse

__all__ = ["Neuron", "writing_neurons"]

# So many neurons are named; damage of everything is described by none.
_MAX_NEURONS: Final = 4


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


def writing_neurons(
    model: Model, stream: npt.NDArray[Any], columns: tuple[int, ...]
) -> tuple[Neuron, ...]:
    """Returns the neurons that write to some coordinates, those that add most first, in float64.

    Those of a learned block mean nothing each on its own.

    Args:
        model: the model.
        stream: the residual stream after attention, at one position.
        columns: the coordinates.
    """
    if isinstance(model.weights.mlp, DenseBlock):
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
        Neuron(index, float(active[index]), tuple(adds[index].tolist()))
        for index in order[:_MAX_NEURONS]
    )
