"""Learned blocks: what is to be shown of one, how much of it holds, and how much noise it bears."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float64

from alta.limit import OutOfTime, checkpoint, in_time
from alta.nn.block import DenseBlock
from alta_verify.abstraction import Abstraction, Transition
from alta_verify.arithmetic.enclosures import Boxes
from alta_verify.arithmetic.formats import Format, FormatOverflowError
from alta_verify.boxes.block import BoundedBlock
from alta_verify.boxes.layerwise import BoxPropagation, Escape, LayerwiseBoxes
from alta_verify.encode.network import Network
from alta_verify.encode.relation import Relation
from alta_verify.obligation import NotShown, Obligation

__all__ = ["NOISE", "Learned", "certified_radii", "state_text", "summary"]

NOISE: Final = 0.1
"""The standard deviation of noise in training (`alta.learn`); here it is a bound."""

# Radii are multiples of 2 to minus this, at most 1/2, halfway between two codes.
_BITS: Final = 8
# How often boxes are halved to certify a radius.
_SPLITS: Final = 3


@final
@dataclass(frozen=True, eq=False)
class Learned:
    """A learned block with the relations that it keeps.

    Attributes:
        first: gives what holds of the embedding.
        encoded: encodes attention, given what holds before it.
        transitions: gives every transition that a run within the bounds has.
        layers: gives the most layers of a run; None where there may be any number.
    """

    block: DenseBlock
    first: Callable[[], Relation]
    encoded: Callable[[Relation], Network]
    transitions: Callable[[], list[Transition]]
    layers: Callable[[], int | None]
    format_: Format

    @cached_property
    def propagation(self) -> BoxPropagation:
        """The map of a layer from boxes to boxes."""
        # Made when first asked for: finding the transitions asks engines about runs.
        block = BoundedBlock(self.block, self.format_)
        return BoxPropagation(block, self.encoded, self.transitions(), self.format_)

    @property
    def layerwise(self) -> LayerwiseBoxes:
        """The relations, for each layer boundary; raises `NotShown` when there are none."""
        if isinstance(self._tried_layerwise, NotShown):
            # A new exception, as the one that is kept has the traceback of another obligation.
            raise NotShown(str(self._tried_layerwise), owner=self._tried_layerwise.owner)
        return in_time(self._tried_layerwise)

    def renew(self) -> None:
        """Forgets that there was no time, since there is some now."""
        # No other outcome depends on how much time there was.
        if isinstance(self.__dict__.get("_tried_layerwise"), OutOfTime):
            del self.__dict__["_tried_layerwise"]

    @cached_property
    def _tried_layerwise(self) -> LayerwiseBoxes | NotShown | OutOfTime:
        # Whatever came of it is kept: it takes long, and every obligation asks.
        try:
            return self.propagation.layerwise(self.first(), self.layers)
        except NotShown as reason:
            return reason
        except OutOfTime:
            return OutOfTime("cut short in bounding the learned block")
        except FormatOverflowError as error:
            return NotShown(str(error))

    def keeps(self, name: str) -> None:
        """Shows that the block keeps the relations, in the coordinates of one name.

        Raises `NotShown` that says in which transition, and after how many layers, it may not.
        """
        layerwise, escape = self.layerwise, self.layerwise.escape
        if escape is not None:
            raise NotShown(self.shown(escape), owner=Obligation("ffn", escape.name))
        # Lemma 3 with a relation for each layer: from each a layer leads to the next, and from the
        # last to itself if it is closed. Without transitions no run takes a layer.
        layers = list(pairwise(layerwise.relations))
        if layerwise.closed:
            layers.append((layerwise.relations[-1], layerwise.relations[-1]))
        for before, relation in layers:
            if not relation.decodable:
                raise NotShown("a relation does not decode")
            after = self.propagation.after(before, layerwise.splits)
            if not self.propagation.contained(after, relation)[name]:
                raise NotShown(f"a layer does not keep the boxes of {name}")

    @property
    def depth(self) -> str:
        """For how many layers boxes decode, in words."""
        layers = self.layerwise.layers
        return "any number of layers" if layers is None else f"{layers} layers"

    @property
    def method(self) -> str:
        """How it was shown, for the report."""
        splits = self.layerwise.splits
        return (
            f"affine bounds over {len(self.propagation.transitions)} transitions, for {self.depth}"
            + (f"; boxes halved up to {splits} times" if splits else "")
        )

    def shown(self, escape: Escape) -> str:
        """Returns why there is no further relation, in words."""
        last, name = self.layerwise.relations[-1], escape.name
        wanted = last.abstraction.shown(name, escape.transition.after[name])
        return (
            f"after layer {escape.layer}, at {state_text(last.abstraction, escape.transition)}, "
            f"coordinate {escape.index} of {name} may be {escape.reach}, which does not decode to "
            f"{wanted}; boxes before that layer are {last.shown}; {escape.failing} of "
            f"{len(self.propagation.transitions)} transitions may go wrong in it"
        )


def state_text(abstraction: Abstraction, transition: Transition) -> str:
    """Returns the local state of a transition in words."""
    return " & ".join(
        f"{name}={abstraction.shown(name, value)}" for name, value in transition.local.items()
    )


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
        relation.decodes(name, value, after.hull(relation.layout.columns[name]))
        for name, value in transition.after.items()
    )
