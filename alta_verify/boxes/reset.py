"""Reset: what a compiled block with noise leaves of a head output, coordinate by coordinate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float64

from alta.limit import checkpoint
from alta_verify.arithmetic.directed_rounding import enlarged, finite, upper
from alta_verify.arithmetic.enclosures import Boxes
from alta_verify.arithmetic.formats import Format
from alta_verify.boxes.affine import Affine
from alta_verify.boxes.rule_cases import Matrices

__all__ = ["Reset", "reset"]

Array = Float64[npt.NDArray[np.float64], "..."]

# So many numbers are looked at side by side.
_CHUNK: Final = 1 << 21


@final
@dataclass(frozen=True)
class Reset:
    """What is left of each coordinate x of a head output: a multiple of it, and something more.

    There is one such line for x below 0 and one above, a row each.

    Attributes:
        low: where each piece begins.
        high: where it ends.
        factor: the multiple of x.
        beside: what is added to it, rounding included.
    """

    low: Array
    high: Array
    factor: Array
    beside: Boxes

    def left(self, before: Boxes, format_: Format) -> Boxes:
        """Returns what may be left of coordinates in a box, which lies in what was presumed."""
        low, high = np.maximum(self.low, before.low), np.minimum(self.high, before.high)
        # A piece of which the box has nothing adds nothing.
        met = low <= high
        ends = np.where(met, np.array([self.factor * low, self.factor * high]), 0.0)
        # A product and a sum are off by one rounding each.
        bottom = -upper(upper(-ends.min(axis=0)) - self.beside.low)
        top = upper(upper(ends.max(axis=0)) + self.beside.high)
        bottom, top = np.where(met, bottom, np.inf), np.where(met, top, -np.inf)
        hull = Boxes(bottom.min(axis=0, keepdims=True), top.max(axis=0, keepdims=True))
        return Boxes(finite(hull.low), finite(hull.high)).stored(format_)


def reset(
    matrices: Matrices, low: Array, high: Array, columns: Sequence[int], format_: Format
) -> Reset:
    """Bounds what a block leaves of some coordinates.

    Args:
        matrices: the block.
        low: the least that each coordinate of the stream is after attention, in any layer.
        high: the most.
        columns: the coordinates of a head output.
        format_: the arithmetic.

    Raises:
        FormatOverflowError: when a sum may be too large for the format.
    """
    places, count = list(columns), len(columns)
    # Lemma 14 (noise): what is taken away is a copy of x where x ≥ 0; and where x ≤ 0 there may be
    # none, or another one. So each side is looked at on its own.
    below = low[places], np.minimum(high[places], 0)
    edges = np.array([below, (np.maximum(low[places], 0), high[places])])
    bottom, top = np.minimum(edges[:, 0], edges[:, 1]), edges[:, 1]
    size = max(1, _CHUNK // (2 * sum(matrix.shape[1] for matrix in matrices.matrices)))
    factor, beside_low, beside_high = np.empty((3, 2, count))
    for start in range(0, count, size):
        checkpoint()
        part = slice(start, start + size)
        for side in range(2):
            factor[side, part], beside = _line(
                matrices, low, high, places[part], bottom[side, part], top[side, part], format_
            )
            beside_low[side, part], beside_high[side, part] = beside.low, beside.high
    return Reset(bottom, top, factor, Boxes(beside_low, beside_high))


def _line(
    matrices: Matrices,
    low: Array,
    high: Array,
    places: Sequence[int],
    bottom: Array,
    top: Array,
    format_: Format,
) -> tuple[Array, Boxes]:
    """Returns k and a box such that k x and something in it is left of each coordinate x.

    Each x lies between a least and a most number, and the other coordinates anywhere.
    """
    rows = np.arange(len(places))
    whole = Boxes(np.tile(low, (len(places), 1)), np.tile(high, (len(places), 1)))
    whole.low[rows, places], whole.high[rows, places] = bottom, top
    # One symbol, that of x; other coordinates need not be remembered.
    centre, radius = whole.centres, whole.radii
    symbols = np.zeros((len(places), 1, len(low)))
    symbols[rows, 0, places] = radius[rows, places]
    radius[rows, places] = 0.0
    stream = Affine(finite(centre), finite(symbols), finite(radius))
    # Lemma 11 (forms), so that a copy that is taken away takes away what it is a copy of.
    (expand_in, expand_out, lookup_in, lookup_out), biases = matrices.matrices, matrices.biases
    middle, reach = centre[rows, places], symbols[rows, 0, places]
    hidden = _stored(
        stream.through(expand_in, biases[0], format_).clipped(), middle, reach, format_
    )
    expanded = _stored(hidden.through(expand_out, biases[1], format_), middle, reach, format_)
    neurons = expanded.through(lookup_in, biases[2], format_).clipped()
    neurons = _stored(neurons, middle, reach, format_)
    after = neurons.through(lookup_out, biases[3], format_, residual=stream)
    # With x = m + ε ρ, c + ε g + e is k x + (c - k m) + ε (g - k ρ) + e, for any k.
    slope = after.generators[rows, 0, places]
    factor = np.where(reach > 0, slope / np.where(reach > 0, reach, 1.0), 0.0)
    beside = after.centre[rows, places] - factor * middle
    size = np.abs(after.centre[rows, places]) + np.abs(factor * middle) + np.abs(factor * reach)
    error = np.abs(slope - factor * reach) + after.error_radius[rows, places] + size * 2.0**-48
    box = Boxes(beside, beside).widened(enlarged(error))
    return factor, box


def _stored(form: Affine, middle: Array, reach: Array, format_: Format) -> Affine:
    """Returns what units are stored as that have one symbol, that of x = m + ε ρ."""
    # If a unit is k x + r for a power of two k, then k x is a number of the format, as x is one, in
    # the normal range; and what is stored is off by no more than r. Here k is the power that is
    # nearest to what the unit has of x.
    slope, rho = form.generators[:, 0], reach[:, None]
    multiple = np.abs(slope) / np.where(rho > 0, rho, 1.0)
    power = 2.0 ** np.round(np.log2(np.clip(multiple, 2.0**-60, 2.0**60)))
    factor = np.where(multiple > 0, np.copysign(power, slope), 0.0)
    shifted = factor * middle[:, None]
    beside = np.abs(form.centre - shifted) + np.abs(slope - factor * rho) + form.error_radius
    error = (form.size + np.abs(shifted) + np.abs(factor * rho)) * 2.0**-50
    return form.stored(format_, enlarged(beside + error) + float(format_.tiny))
