"""The block: what it makes of boxes of residual streams, as narrow as splitting allows."""

from __future__ import annotations

from typing import Final, final

import numpy as np

from alta.limit import checkpoint
from alta.nn.block import DenseBlock
from alta_verify.arithmetic.directed_rounding import MOST_TERMS
from alta_verify.arithmetic.enclosures import Boxes
from alta_verify.arithmetic.formats import Format
from alta_verify.boxes.affine import Affine
from alta_verify.obligation import NotShown

__all__ = ["BoundedBlock"]

# So many numbers has a batch of affine forms, give or take a factor of two.
_NUMBERS: Final = 1 << 24


@final
class BoundedBlock:
    """A block of matrices with ReLU in between, added to the residual stream that it reads."""

    def __init__(self, block: DenseBlock, format_: Format) -> None:
        if block.activation != "relu":
            raise NotShown(
                f"the learned block has activation={block.activation!r}, expected 'relu', of which "
                "alone bounds are known; train with that"
            )
        # Exact: float64 holds the numbers of every format.
        self._matrices = [np.asarray(matrix, dtype=np.float64) for matrix in block.matrices]
        self._biases = [np.asarray(bias, dtype=np.float64) for bias in block.biases]
        self._format = format_
        width, hidden = len(self._matrices[0]), sum(m.shape[1] for m in self._matrices[:-1])
        # Bounds on rounding are for up to so many terms, generators of all units among them.
        if width + hidden > MOST_TERMS:
            raise NotShown(
                f"the learned block has {hidden} hidden units, expected at most "
                f"{MOST_TERMS - width}, for which rounding is bounded; train one with fewer"
            )
        # A form has at most width + hidden generators, of as many numbers as some matrix has rows.
        self._batch = max(1, _NUMBERS // ((width + hidden) * max(map(len, self._matrices))))

    def _forms(self, boxes: Boxes) -> list[Affine]:
        """Returns the sums before every ReLU, and the residual stream after the block."""
        current = inputs = Affine.box(boxes.low, boxes.high)
        forms: list[Affine] = []
        # What is not finite is noticed afterwards.
        with np.errstate(over="ignore", invalid="ignore"):
            for matrix, bias in zip(self._matrices, self._biases, strict=True):
                # Lemma 11, step by step. The last sum has the residual stream for a summand.
                read = current.rectified() if forms else inputs
                residual = inputs if len(forms) == len(self._matrices) - 1 else None
                current = read.through(matrix, bias, self._format, residual=residual)
                forms.append(current)
        return forms

    def after(self, boxes: Boxes, splits: int = 0) -> Boxes:
        """Returns boxes around the residual streams after the block, before they are stored.

        So often boxes are halved, each part on its own. Only those in which a unit may be of either
        sign are; others are as narrow as they get.
        """
        # Batches bound the memory: a form has as many generators as there are units so far.
        low, high = np.empty_like(boxes.low), np.empty_like(boxes.high)
        for start in range(0, len(boxes), self._batch):
            checkpoint()
            rows = slice(start, start + self._batch)
            after = self._after(boxes[rows], splits)
            low[rows], high[rows] = after.low, after.high
        return Boxes(low, high)

    def _after(self, boxes: Boxes, splits: int) -> Boxes:
        # The last form is the residual stream; its coordinates are not rectified.
        *hidden, out = self._forms(boxes)
        low, high = out.low.copy(), out.high.copy()
        # Branch and bound on the input: only unstable units make a form wider than what it holds.
        unstable = [form.unstable.any(axis=1) for form in hidden]
        rows = np.flatnonzero(np.any(unstable, axis=0))
        if splits and len(rows):
            halves = self.after(self._halves(boxes[rows]), splits - 1)
            lows, highs = (ends.reshape(2, len(rows), -1) for ends in (halves.low, halves.high))
            # The hull of both halves, met with the bounds of the whole: halving never does harm.
            low[rows] = np.maximum(low[rows], lows.min(axis=0))
            high[rows] = np.minimum(high[rows], highs.max(axis=0))
        return Boxes(low, high)

    def _halves(self, boxes: Boxes) -> Boxes:
        """Returns the first halves of boxes, then the second ones."""
        # The widest side, as far as the first units depend on it, is halved (smear heuristic).
        influence = np.abs(self._matrices[0]).sum(axis=1)
        axis = np.argmax((boxes.high - boxes.low) * influence, axis=1)
        rows = np.arange(len(boxes))
        # Rounding is monotonic, so the middle is no further out than the ends.
        middle = boxes.low[rows, axis] / 2 + boxes.high[rows, axis] / 2
        first, second = boxes.high.copy(), boxes.low.copy()
        first[rows, axis] = second[rows, axis] = middle
        return Boxes(np.concatenate([boxes.low, second]), np.concatenate([first, boxes.high]))
