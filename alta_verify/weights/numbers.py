"""Numbers: weights in another format, on a grid of a few bits, or left out where they are small."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

import jax.numpy as jnp
import numpy as np

from alta.errors import AltaError
from alta.nn.model import Model
from alta.nn.sparse import Array, Matrix, SparseMatrix
from alta.nn.weights import ACCUMULATE, map_matrices

__all__ = ["Scales", "cast", "pruned", "quantised", "with_numbers"]

Scales: TypeAlias = Literal["array", "column"]
"""What has a scale of its own: an array as a whole, or each of its columns."""

_SCALES: Final = ("array", "column")


def cast(model: Model, dtype: str) -> Model:
    """Returns the model with every weight rounded to another format.

    Args:
        model: the model.
        dtype: ``"float64"``, ``"float32"``, ``"bfloat16"`` or ``"float16"``.

    Raises:
        AltaError: for any other format.
    """
    if dtype not in ACCUMULATE:
        raise AltaError(f"cast: expected dtype to be one of {', '.join(ACCUMULATE)}, got {dtype!r}")
    # NumPy knows bfloat16 only through JAX.
    target = jnp.dtype(dtype)
    return model.with_weights(map_matrices(lambda matrix: matrix.astype(target), model.weights))


def with_numbers(model: Model, change: Callable[[Array], Array]) -> Model:
    """Returns the model with every weight changed, but for the zeros that are not stored."""
    return _changed(model, lambda array, _: change(array))


def _changed(model: Model, change: Callable[[Array, Array | None], Array]) -> Model:
    """Returns the model with arrays changed, given the columns of their numbers, if they have."""

    def changed(matrix: Matrix) -> Matrix:
        if isinstance(matrix, SparseMatrix):
            return SparseMatrix(change(matrix.data, matrix.pattern.columns), matrix.pattern)
        if matrix.ndim != 2:
            return change(matrix, None)
        return change(matrix, np.broadcast_to(np.arange(matrix.shape[1]), matrix.shape))

    return model.with_weights(map_matrices(changed, model.weights))


def quantised(
    model: Model, bits: int = 8, *, scales: Scales = "array", powers_of_two: bool = False
) -> Model:
    """Returns the model with every weight rounded to a grid of 2^bits - 1 numbers, and back.

    A weight w becomes s round(w/s), where s is the largest magnitude of its array or column over
    2^(bits-1) - 1, so that an integer of so many bits holds round(w/s). Ties go to even integers.

    Args:
        model: the model; it keeps its format.
        bits: of the integers, the sign included; at least 2.
        scales: what has a scale of its own.
        powers_of_two: whether scales are rounded up to powers of two, as in fixed-point arithmetic.
            Compiled weights, multiples of 1/2 but for thresholds of numbers, are then kept.

    Raises:
        AltaError: when an argument is something else.
    """
    if not 2 <= bits <= 32:
        raise AltaError(f"quantised: expected 2 to 32 bits, got {bits!r}")
    if scales not in _SCALES:
        raise AltaError(f"quantised: expected scales to be one of {_SCALES}, got {scales!r}")
    levels = 2 ** (bits - 1) - 1
    by_column = scales == "column"
    return _changed(
        model,
        lambda array, columns: _rounded(
            array, columns if by_column else None, levels, powers_of_two=powers_of_two
        ),
    )


def _rounded(weights: Array, groups: Array | None, levels: int, *, powers_of_two: bool) -> Array:
    """Rounds weights to multiples of a step for each group of them, or for all."""
    if not weights.size:
        return weights
    wide = weights.astype(np.float64)
    group = np.zeros(wide.shape, dtype=np.int64) if groups is None else np.asarray(groups)
    # A group of zeros has step 0, and stays 0.
    largest = np.zeros(int(group.max()) + 1)
    np.maximum.at(largest, group, np.abs(wide))
    scales = largest / levels
    if powers_of_two:
        # frexp gives m 2^e with 1/2 ≤ m < 1: the next power of two is 2^e, unless m is 1/2.
        mantissas, exponents = np.frexp(scales)
        scales = np.where(scales > 0, np.ldexp(1.0, exponents - (mantissas == 0.5)), 0.0)
    # As if scales were stored in the format, too.
    steps = scales.astype(weights.dtype).astype(np.float64)[group]
    whole = np.rint(np.divide(wide, steps, out=np.zeros_like(wide), where=steps > 0))
    result: Array = (np.clip(whole, -levels, levels) * steps).astype(weights.dtype)
    return result


def pruned(model: Model, below: float) -> Model:
    """Returns the model with 0 in place of every weight of a magnitude below a number."""
    return with_numbers(
        model, lambda array: np.where(np.abs(array) < below, np.zeros_like(array), array)
    )
