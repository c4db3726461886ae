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
from alta_verify.boxes.layerwise import Climb, Stairs, Stop, decoded
from alta_verify.boxes.robustness import Radii, radii
from alta_verify.encode.network import Network
from alta_verify.encode.relation import Relation
from alta_verify.prove.ledger import NotShown
from alta_verify.transition import Transition

__all__ = ["Learned", "in_words"]


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
    def climb(self) -> Climb:
        """Takes layers with boxes."""
        return Climb(
            BoundedBlock(self.block, self.format_),
            self.encoded,
            self.steps(),
            self.format_,
        )

    @property
    def stairs(self) -> Stairs:
        """The relations, for each layer boundary.

        Raises:
            NotShown: when there are none.
        """
        if isinstance(self._stairs, NotShown):
            raise NotShown(str(self._stairs), owner=self._stairs.owner)
        return in_time(self._stairs)

    def renew(self) -> None:
        """Forgets that there was no time, since there is some now."""
        if isinstance(self.__dict__.get("_stairs"), OutOfTime):
            del self.__dict__["_stairs"]

    @cached_property
    def _stairs(self) -> Stairs | NotShown | OutOfTime:
        # Whatever came of it is kept: it takes long, and every obligation asks.
        try:
            return self.climb.stairs(self.first(), self.layers)
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
        stairs = self.stairs
        if stairs.stop is not None:
            raise NotShown(self.shown(stairs.stop), owner=f"ffn[{stairs.stop.name}]")
        steps = list(pairwise(stairs.relations))
        if stairs.closed:
            steps.append((stairs.relations[-1], stairs.relations[-1]))
        # Without steps no run takes a layer: the stairs go on, or stop, as long as some does.
        for relation, after in steps:
            if not decoded(after):
                raise NotShown("a relation does not decode")
            if not self.climb.kept(self.climb.after(relation, stairs.splits), after)[name]:
                raise NotShown(f"a layer does not keep the boxes of {name}")

    @property
    def method(self) -> str:
        """How it was shown, for the report."""
        stairs = self.stairs
        often = "any number of layers" if stairs.closed else f"{stairs.layers} layers"
        split = f"; boxes halved up to {stairs.splits} times" if stairs.splits else ""
        return f"affine bounds over {len(self.climb.steps)} transitions, for {often}{split}"

    def shown(self, stop: Stop) -> str:
        """Returns why there is no further relation, in words."""
        last = self.stairs.relations[-1]
        return (
            f"after layer {stop.layer}, at {in_words(last.abstraction, stop.step)}, coordinate "
            f"{stop.index} of {stop.name} may be {stop.reach}, which does not decode to "
            f"{last.abstraction.shown(stop.name, stop.step.after[stop.name])}; boxes before that "
            f"layer are {last.shown}; {stop.failing} of {len(self.climb.steps)} transitions may "
            "go wrong in it"
        )

    @cached_property
    def radii(self) -> Radii:
        """How much noise each transition bears."""
        first = self.first()
        return radii(self.climb, first)


def in_words(abstraction: Abstraction, step: Transition) -> str:
    """Returns the local state of a transition in words."""
    return " & ".join(
        f"{name}={abstraction.shown(name, value)}" for name, value in step.local.items()
    )
