"""Summary: what is known of a learned block, in figures."""

from __future__ import annotations

from statistics import median
from typing import Any, Final

from alta_verify.arithmetic.formats import FormatOverflowError
from alta_verify.boxes.learned import Learned, state_text
from alta_verify.obligation import NotShown

__all__ = ["NOISE", "summary"]

NOISE: Final = 0.1
"""The standard deviation of noise in training (`alta.learn`); here it is a bound."""


def summary(learned: Learned) -> dict[str, Any]:
    """Returns figures about a learned block under ``"block"``, as JSON values.

    They are: how many transitions occur; how many bear noise of `NOISE`; the least radius and where
    it is, and the median; the radius of every transition; for how many layers boxes decode, and
    why for no more. There are none where nothing could be bounded.
    """
    try:
        layerwise, radii = learned.layerwise, learned.radii
    except Exception as reason:  # noqa: BLE001 - nothing rests on figures; the verdict is to be said
        known = isinstance(reason, (NotShown, FormatOverflowError))
        text = str(reason) if known else f"{type(reason).__name__}: {reason}"
        return {"block": None, "block_reason": text}
    abstraction = layerwise.relations[0].abstraction
    names = [state_text(abstraction, step) for step in radii.steps]
    if not names:
        return {"block": None, "block_reason": "no transition occurs"}
    least = min(range(len(names)), key=lambda index: radii.radii[index])
    return {
        "block": {
            "transitions": len(names),
            "noise": NOISE,
            "bear": sum(one >= NOISE for one in radii.radii),
            "least": radii.radii[least],
            "at": names[least],
            "median": median(radii.radii),
            "radii": dict(zip(names, radii.radii, strict=True)),
            "layers": "any number of layers" if layerwise.closed else f"{layerwise.layers} layers",
            "stops": None if layerwise.escape is None else learned.shown(layerwise.escape),
        }
    }
