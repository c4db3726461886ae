"""Radii: how much noise a learned block bears in each transition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float64

from alta.limit import checkpoint
from alta_verify.arithmetic.interval import Interval
from alta_verify.boxes.block import Boxes
from alta_verify.boxes.layerwise import BoxPropagation, decodes_to
from alta_verify.encode.relation import Relation
from alta_verify.transition import Transition

__all__ = ["Radii", "radii"]

_STEPS: Final = 8
"""Radii are multiples of 2 to minus this, at most 1/2, halfway between two codes."""

_SPLITS: Final = 3


@final
@dataclass(frozen=True)
class Radii:
    """The noise that each transition bears, as much on each coordinate, all at once.

    Attributes:
        steps: the transitions.
        radii: for each, the largest radius of a box around what heads and embedding give that is
            certified to come out right; -1 where not even the box without noise is.
    """

    steps: tuple[Transition, ...]
    radii: tuple[float, ...]

    def share(self, radius: float) -> Fraction:
        """Returns the share of transitions that bear at least so much noise."""
        return Fraction(sum(one >= radius for one in self.radii), max(1, len(self.radii)))


def radii(propagation: BoxPropagation, relation: Relation) -> Radii:
    """Returns the largest certified radius of every transition.

    Args:
        propagation: the network.
        relation: that of the embedding, with the codes.
    """
    exact = propagation.before(relation)
    step = 2.0**-_STEPS
    # By halving, for each transition on its own.
    found = np.where(_right(propagation, relation, exact, np.zeros(len(exact))), 0, -1)
    top = np.where(found < 0, -1, 2 ** (_STEPS - 1))
    while (found < top).any():
        middle = (found + top + 1) // 2
        right = _right(propagation, relation, exact, np.maximum(0, middle) * step)
        found, top = np.where(right, middle, found), np.where(right, top, middle - 1)
        top = np.maximum(top, found)
    return Radii(tuple(propagation.steps), tuple(np.where(found < 0, -1.0, found * step).tolist()))


def _right(
    propagation: BoxPropagation,
    relation: Relation,
    exact: Boxes,
    radius: Float64[npt.NDArray[np.float64], " steps"],
) -> npt.NDArray[np.bool_]:
    """Says of every transition whether it comes out right, whatever noise of a radius is added."""
    # Ends are far from the limits of float64, and outward by one last place.
    low = np.nextafter(exact.low - radius[:, None], -np.inf)
    high = np.nextafter(exact.high + radius[:, None], np.inf)
    some = radius[:, None] > 0
    noisy = Boxes(np.where(some, low, exact.low), np.where(some, high, exact.high))
    after = propagation.bound(noisy, _SPLITS)
    return np.array(
        [_decodes(relation, step, after, row) for row, step in enumerate(propagation.steps)],
        dtype=bool,
    )


def _decodes(relation: Relation, step: Transition, after: Boxes, row: int) -> bool:
    checkpoint()
    return all(
        decodes_to(
            relation.abstraction, name, value, _box(after, row, relation.layout.columns[name])
        )
        for name, value in step.after.items()
    )


def _box(after: Boxes, row: int, columns: Sequence[int]) -> tuple[Interval, ...]:
    return tuple(
        Interval(Fraction(after.low[row, column]), Fraction(after.high[row, column]))
        for column in columns
    )
