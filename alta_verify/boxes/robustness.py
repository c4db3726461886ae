"""Robustness of a learned block: how much noise it bears in each transition, and figures of it."""

from __future__ import annotations

from statistics import median
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float64

from alta.limit import checkpoint
from alta_verify.abstraction import Transition
from alta_verify.arithmetic.formats import FormatOverflowError
from alta_verify.boxes.block import Boxes
from alta_verify.boxes.layerwise import BoxPropagation, decodes_to
from alta_verify.boxes.learned import Learned, state_text
from alta_verify.encode.relation import Relation
from alta_verify.obligation import NotShown

__all__ = ["NOISE", "certified_radii", "summary"]

NOISE: Final = 0.1
"""The standard deviation of noise in training (`alta.learn`); here it is a bound."""

# Radii are multiples of 2 to minus this, at most 1/2, halfway between two codes.
_BITS: Final = 8

_SPLITS: Final = 3


def summary(learned: Learned) -> dict[str, Any]:
    """Returns figures about a learned block under ``"block"``, as JSON values.

    How many transitions occur, and bear noise of `NOISE`; radii; for how many layers boxes decode,
    and why for no more. There are none where nothing could be bounded.
    """
    try:
        # Without boxes there are no figures either: both rest on the same bounds.
        layerwise = learned.layerwise
        radii = certified_radii(learned.propagation, learned.first())
    except Exception as reason:  # noqa: BLE001 - nothing rests on figures; the verdict is to be said
        expected = isinstance(reason, (NotShown, FormatOverflowError))
        text = str(reason) if expected else f"{type(reason).__name__}: {reason}"
        return {"block": None, "block_reason": text}
    abstraction = layerwise.relations[0].abstraction
    states = [state_text(abstraction, step) for step in learned.propagation.transitions]
    if not states:
        return {"block": None, "block_reason": "no transition occurs"}
    return {
        "block": {
            "transitions": len(states),
            "noise": NOISE,
            "bear": sum(radius >= NOISE for radius in radii),
            "least": min(radii),
            "at": states[radii.index(min(radii))],
            "median": median(radii),
            "radii": dict(zip(states, radii, strict=True)),
            "layers": learned.depth,
            "stops": None if layerwise.escape is None else learned.shown(layerwise.escape),
        }
    }


def certified_radii(propagation: BoxPropagation, relation: Relation) -> list[float]:
    """Returns how much noise each transition bears, as much on each coordinate, all at once.

    That is the largest radius of a box around what heads and embedding give that is certified to
    come out right; -1 where not even the box without noise is.
    """
    exact = propagation.before(relation)
    unit = 2.0**-_BITS
    # Bisection, for each transition on its own: a smaller box comes out right if a larger one does.
    # A transition that goes wrong without noise starts, and stays, at -1.
    right = _right(propagation, relation, exact, np.zeros(len(exact)))
    least, greatest = np.where(right, 0, -1), np.where(right, 2 ** (_BITS - 1), -1)
    while (least < greatest).any():
        middle = (least + greatest + 1) // 2
        right = _right(propagation, relation, exact, np.maximum(0, middle) * unit)
        least, greatest = np.where(right, middle, least), np.where(right, greatest, middle - 1)
        greatest = np.maximum(greatest, least)
    radii: list[float] = np.where(least < 0, -1.0, least * unit).tolist()
    return radii


def _right(
    propagation: BoxPropagation,
    relation: Relation,
    exact: Boxes,
    radius: Float64[npt.NDArray[np.float64], " transitions"],
) -> npt.NDArray[np.bool_]:
    """Says of every transition whether it comes out right, whatever noise of a radius is added."""
    # Ends are far from the limits of float64, and outward by one last place.
    low = np.nextafter(exact.low - radius[:, None], -np.inf)
    high = np.nextafter(exact.high + radius[:, None], np.inf)
    # Without noise the box is taken as it is: points stay points.
    noisy = radius[:, None] > 0
    boxes = Boxes(np.where(noisy, low, exact.low), np.where(noisy, high, exact.high))
    after = propagation.block.after(boxes, _SPLITS)
    rows = enumerate(propagation.transitions)
    return np.array([_decodes(relation, step, after[r : r + 1]) for r, step in rows], dtype=bool)


def _decodes(relation: Relation, transition: Transition, after: Boxes) -> bool:
    checkpoint()
    return all(
        decodes_to(relation.abstraction, name, value, after.hull(relation.layout.columns[name]))
        for name, value in transition.after.items()
    )
