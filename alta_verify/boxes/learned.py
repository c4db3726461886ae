"""Learned: what is to be shown of a learned block, and how much of it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import final

from alta.limit import OutOfTime, in_time
from alta.nn.block import DenseBlock
from alta_verify.abstraction import Abstraction
from alta_verify.arithmetic.formats import Format, FormatOverflowError
from alta_verify.boxes.block import BoundedBlock
from alta_verify.boxes.layerwise import BoxPropagation, Escape, LayerwiseBoxes, decoded
from alta_verify.boxes.robustness import Radii, radii
from alta_verify.encode.network import Network
from alta_verify.encode.relation import Relation
from alta_verify.obligation import NotShown, Obligation
from alta_verify.transition import Transition

__all__ = ["Learned", "state_text"]


@final
@dataclass(frozen=True, eq=False)
class Learned:
    """A learned block with the relations that it keeps.

    Attributes:
        block: the parameters.
        first: gives what holds of the embedding.
        encoded: encodes attention, given what holds before it.
        steps: gives every transition that a run within the bounds has.
        layers: gives the most layers of a run; None where there may be any number.
        format_: the arithmetic.
    """

    block: DenseBlock
    first: Callable[[], Relation]
    encoded: Callable[[Relation], Network]
    steps: Callable[[], list[Transition]]
    layers: Callable[[], int | None]
    format_: Format

    @cached_property
    def propagation(self) -> BoxPropagation:
        """Takes layers with boxes."""
        return BoxPropagation(
            BoundedBlock(self.block, self.format_),
            self.encoded,
            self.steps(),
            self.format_,
        )

    @property
    def layerwise(self) -> LayerwiseBoxes:
        """The relations, for each layer boundary.

        Raises:
            NotShown: when there are none.
        """
        if isinstance(self._tried_layerwise, NotShown):
            raise NotShown(str(self._tried_layerwise), owner=self._tried_layerwise.owner)
        return in_time(self._tried_layerwise)

    def renew(self) -> None:
        """Forgets that there was no time, since there is some now."""
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

        Raises:
            NotShown: saying in which transition, and after how many layers, it may not.
        """
        layerwise = self.layerwise
        if layerwise.escape is not None:
            raise NotShown(
                self.shown(layerwise.escape), owner=Obligation("ffn", layerwise.escape.name)
            )
        steps = list(pairwise(layerwise.relations))
        if layerwise.closed:
            steps.append((layerwise.relations[-1], layerwise.relations[-1]))
        # Without steps no run takes a layer: relations go on, or escape, as long as some does.
        for relation, after in steps:
            if not decoded(after):
                raise NotShown("a relation does not decode")
            if not self.propagation.contained(
                self.propagation.after(relation, layerwise.splits), after
            )[name]:
                raise NotShown(f"a layer does not keep the boxes of {name}")

    @property
    def method(self) -> str:
        """How it was shown, for the report."""
        layerwise = self.layerwise
        often = "any number of layers" if layerwise.closed else f"{layerwise.layers} layers"
        split = f"; boxes halved up to {layerwise.splits} times" if layerwise.splits else ""
        return f"affine bounds over {len(self.propagation.steps)} transitions, for {often}{split}"

    def shown(self, escape: Escape) -> str:
        """Returns why there is no further relation, in words."""
        last = self.layerwise.relations[-1]
        abstraction, wanted = last.abstraction, escape.step.after[escape.name]
        return (
            f"after layer {escape.layer}, at {state_text(abstraction, escape.step)}, coordinate "
            f"{escape.index} of {escape.name} may be {escape.reach}, which does not decode to "
            f"{abstraction.shown(escape.name, wanted)}; boxes before that layer are {last.shown}; "
            f"{escape.failing} of {len(self.propagation.steps)} transitions may go wrong in it"
        )

    @cached_property
    def radii(self) -> Radii:
        """How much noise each transition bears."""
        first = self.first()
        return radii(self.propagation, first)


def state_text(abstraction: Abstraction, step: Transition) -> str:
    """Returns the local state of a transition in words."""
    return " & ".join(
        f"{name}={abstraction.shown(name, value)}" for name, value in step.local.items()
    )
