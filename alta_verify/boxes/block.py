"""The block: what it makes of boxes of residual streams, as narrow as splitting allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float64

from alta.limit import checkpoint
from alta.nn.block import DenseBlock
from alta_verify.arithmetic.directed_rounding import MOST_TERMS
from alta_verify.arithmetic.formats import Format
from alta_verify.boxes.affine import Affine
from alta_verify.obligation import NotShown

__all__ = ["BoundedBlock", "Boxes"]

_NUMBERS: Final = 1 << 24
"""So many numbers has a batch of affine forms, give or take a factor of two."""


@final
@dataclass(frozen=True, eq=False)
class Boxes:
    """Boxes, one a row.

    Attributes:
        low: the lower ends.
        high: the upper ends.
    """

    low: Float64[npt.NDArray[np.float64], "boxes n"]
    high: Float64[npt.NDArray[np.float64], "boxes n"]

    def __len__(self) -> int:
        return len(self.low)

    def __getitem__(self, rows: npt.NDArray[np.int64] | slice) -> Boxes:
        return Boxes(self.low[rows], self.high[rows])

    def within(self, other: Boxes) -> npt.NDArray[np.bool_]:
        """Says of every box and coordinate whether it lies in that of another one."""
        return np.asarray((other.low <= self.low) & (self.high <= other.high))


@final
class BoundedBlock:
    """A block of matrices with ReLU in between, added to the residual stream that it reads."""

    def __init__(self, block: DenseBlock, format_: Format) -> None:
        """Takes the weights.

        Args:
            block: the parameters.
            format_: the arithmetic of the model.

        Raises:
            NotShown: for an activation other than ReLU.
        """
        if block.activation != "relu":
            raise NotShown(f"of blocks with {block.activation} nothing is known, only of relu")
        # Exact: float64 holds the numbers of every format.
        self._matrices = [np.asarray(each, dtype=np.float64) for each in block.matrices]
        self._biases = [np.asarray(each, dtype=np.float64) for each in block.biases]
        self._format = format_
        width, hidden = len(self._matrices[0]), sum(m.shape[1] for m in self._matrices[:-1])
        if width + hidden > MOST_TERMS:
            raise NotShown(f"blocks have up to {MOST_TERMS} units to be bounded, this one {hidden}")
        self._size = max(1, _NUMBERS // ((width + hidden) * max(map(len, self._matrices))))

    @property
    def layers(self) -> list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
        """The matrices with their biases."""
        return list(zip(self._matrices, self._biases, strict=True))

    def forms(self, boxes: Boxes) -> list[Affine]:
        """Returns the inputs, the sums before every ReLU, and the residual stream after the block.

        Raises:
            FormatOverflowError: when a number may be too large for the format.
        """
        inputs = Affine.box(boxes.low, boxes.high)
        found, current = [inputs], inputs
        # What is not finite is noticed afterwards.
        with np.errstate(over="ignore", invalid="ignore"):
            for index, (matrix, bias) in enumerate(self.layers):
                last = index == len(self._matrices) - 1
                residual = inputs if last else None
                current = current.rectified() if index else current
                current = current.through(matrix, bias, self._format, residual=residual)
                found.append(current)
        return found

    def after(self, boxes: Boxes, splits: int = 0) -> Boxes:
        """Returns boxes around the residual streams after the block, before they are stored.

        Args:
            boxes: those before it.
            splits: how often boxes are halved, each part on its own. Only those in which a unit may
                be of either sign are; others are as narrow as they get.
        """
        low, high = np.empty_like(boxes.low), np.empty_like(boxes.high)
        for start in range(0, len(boxes), self._size):
            checkpoint()
            rows = slice(start, start + self._size)
            part = self._after(boxes[rows], splits)
            low[rows], high[rows] = part.low, part.high
        return Boxes(low, high)

    def _after(self, boxes: Boxes, splits: int) -> Boxes:
        forms = self.forms(boxes)
        low, high = forms[-1].low.copy(), forms[-1].high.copy()
        unstable = np.zeros(len(boxes), dtype=bool)
        for form in forms[1:-1]:
            unstable |= form.unstable.any(axis=1)
        rows = np.flatnonzero(unstable)
        if splits and len(rows):
            found = self.after(self._halves(boxes[rows]), splits - 1)
            # Halving never does harm; what was known stays.
            count = len(rows)
            low[rows] = np.maximum(low[rows], np.minimum(found.low[:count], found.low[count:]))
            high[rows] = np.minimum(high[rows], np.maximum(found.high[:count], found.high[count:]))
        return Boxes(low, high)

    def _halves(self, boxes: Boxes) -> Boxes:
        """Returns the first halves of boxes, then the second ones."""
        axis = np.argmax((boxes.high - boxes.low) * self._pull, axis=1)
        rows = np.arange(len(boxes))
        # Rounding is monotonic, so the middle is no further out than the ends.
        middle = boxes.low[rows, axis] / 2 + boxes.high[rows, axis] / 2
        first, second = boxes.high.copy(), boxes.low.copy()
        first[rows, axis] = second[rows, axis] = middle
        return Boxes(np.concatenate([boxes.low, second]), np.concatenate([first, boxes.high]))

    @property
    def _pull(self) -> Float64[npt.NDArray[np.float64], " n"]:
        """How much the units of the first matrix depend on each coordinate."""
        return np.asarray(np.abs(self._matrices[0]).sum(axis=1))
