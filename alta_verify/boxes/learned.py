"""Learned blocks: what is to be shown of one, and how much of it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import final

from alta.limit import OutOfTime, in_time
from alta.nn.block import DenseBlock
from alta_verify.abstraction import Abstraction, Transition
from alta_verify.arithmetic.formats import Format, FormatOverflowError
from alta_verify.boxes.block import BoundedBlock
from alta_verify.boxes.layerwise import BoxPropagation, Escape, LayerwiseBoxes
from alta_verify.encode.network import Network
from alta_verify.encode.relation import Relation
from alta_verify.obligation import NotShown, Obligation

__all__ = ["Learned", "state_text"]


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
