"""LayerwiseBoxes: relations, one for each layer boundary, that a block with any weights keeps.

A trained block writes codes only nearly. From the boxes that the embedding gives, the boxes after a
layer are computed, for every transition that occurs, and so on from layer to layer: either up to
boxes that a layer maps into themselves, which then hold after any number of layers; or for as many
layers as runs have, as long as all boxes still decode.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from typing import Final, final

import numpy as np

from alta.limit import checkpoint
from alta_verify.abstraction import Abstraction
from alta_verify.arithmetic.directed_rounding import finite, round_down, round_up
from alta_verify.arithmetic.formats import Format
from alta_verify.arithmetic.interval import Interval, hull
from alta_verify.boxes.block import BoundedBlock, Boxes
from alta_verify.encode.network import Network
from alta_verify.encode.relation import Relation, decodes
from alta_verify.obligation import NotShown, Obligation
from alta_verify.transition import Transition

__all__ = ["BoxPropagation", "Escape", "LayerwiseBoxes", "decoded", "decodes_to"]

_SPLITS: Final = (0, 3, 6)
"""How often boxes are halved, at first and if that leads nowhere."""

_GROWING: Final = 16
"""After so many layers boxes have to hold those of the layer before."""

_MOST: Final = 256
"""So many layers are taken one by one."""


@final
@dataclass(frozen=True)
class Escape:
    """The place where boxes stop saying what the state is.

    Attributes:
        layer: after how many layers.
        step: the transition.
        name: the variable.
        index: which of its coordinates.
        reach: where that coordinate may be.
        failing: how many of the transitions go wrong in that layer.
    """

    layer: int
    step: Transition
    name: str
    index: int
    reach: Interval
    failing: int


@final
@dataclass(frozen=True)
class LayerwiseBoxes:
    """The relations for one layer boundary after the other.

    Attributes:
        relations: the first holds of the embedding; each of the others after one layer more.
        closed: whether a layer keeps the last one, so that it holds after any number of layers.
        escape: why there are no more, although runs have more layers.
        splits: how often boxes were halved.
    """

    relations: tuple[Relation, ...]
    closed: bool
    escape: Escape | None
    splits: int

    @property
    def layers(self) -> int | None:
        """After how many layers it is known where the residual stream is; None for any number."""
        return None if self.closed else len(self.relations) - 1

    @property
    def together(self) -> Relation:
        """A relation that holds wherever one of these does."""
        first = self.relations[0]
        names = {name for one in self.relations for name in one.residue}
        return replace(
            first,
            start={
                name: {
                    value: _hulls([one.start[name][value] for one in self.relations])
                    for value in codes
                }
                for name, codes in first.start.items()
            },
            residue={
                name: _hulls([one.residue_of(name) for one in self.relations]) for name in names
            },
        )


def _joined(one: Relation, other: Relation) -> Relation:
    """Returns a relation that holds wherever one of two does."""
    return LayerwiseBoxes((one, other), False, None, 0).together


def _hulls(boxes: Sequence[tuple[Interval, ...]]) -> tuple[Interval, ...]:
    return tuple(map(hull, zip(*boxes, strict=True)))


@final
class BoxPropagation:
    """Takes layers with boxes in place of residual streams."""

    def __init__(
        self,
        block: BoundedBlock,
        encoded: Callable[[Relation], Network],
        steps: Sequence[Transition],
        format_: Format,
    ) -> None:
        """Takes what a layer consists of.

        Args:
            block: the feed-forward block.
            encoded: encodes attention, given what holds before it.
            steps: every transition that a run within the bounds has.
            format_: the arithmetic.
        """
        self._block, self._encoded, self._steps = block, encoded, list(steps)
        self._format = format_
        self._grid = 2 ** min(10, format_.precision - 2)
        self._known: dict[tuple[int, int], tuple[Relation, Boxes]] = {}

    @property
    def steps(self) -> Sequence[Transition]:
        """The transitions."""
        return self._steps

    def before(self, relation: Relation) -> Boxes:
        """Returns the boxes after attention, a row for each transition.

        Raises:
            NotShown: when a head writes to coordinates that are not its own, or its selection is
                not known.
        """
        network = self._encoded(relation)
        for name, head in network.heads.items():
            if head.spill:
                raise NotShown(
                    f"head {name} writes to coordinates that are not its own",
                    owner=Obligation("attention", name),
                )
        shape = len(self._steps), relation.layout.width
        low, high = np.full(shape, np.nan), np.full(shape, np.nan)
        ends: dict[tuple[str, int], tuple[list[float], list[float]]] = {}
        for row, step in enumerate(self._steps):
            checkpoint()
            for name, value in step.local.items():
                if (name, value) not in ends:
                    box = network.codes[name][value]
                    ends[name, value] = (
                        [round_down(one.lo) for one in box],
                        [round_up(one.hi) for one in box],
                    )
                own = list(relation.layout.columns[name])
                low[row, own], high[row, own] = ends[name, value]
        return Boxes(finite(low), finite(high))

    def after(self, relation: Relation, splits: int) -> Boxes:
        """Returns the boxes after a layer, a row for each transition."""
        key = id(relation), splits
        if key not in self._known:
            # The relation is kept beside them, so that its identity is not used again.
            self._known[key] = relation, self.bound(self.before(relation), splits)
        return self._known[key][1]

    def bound(self, before: Boxes, splits: int) -> Boxes:
        """Returns boxes around what the block makes of others."""
        return self._block.after(before, splits)

    def contained(self, after: Boxes, relation: Relation) -> dict[str, bool]:
        """Says of every name whether boxes after a layer lie in those of a relation."""
        found = {}
        for name in relation.layout.columns:
            rows = [self._wanted(relation, name, step) for step in self._steps]
            own = list(relation.layout.columns[name])
            found[name] = all(
                round_up(one.lo) <= after.low[row, column]
                and after.high[row, column] <= round_down(one.hi)
                for row, box in enumerate(rows)
                for one, column in zip(box, own, strict=True)
            )
        return found

    def _wanted(self, relation: Relation, name: str, step: Transition) -> tuple[Interval, ...]:
        """Returns where the coordinates of a name have to be after a transition."""
        checkpoint()
        value = step.after.get(name)
        return relation.residue_of(name) if value is None else relation.start[name][value]

    def following(self, relation: Relation, after: Boxes) -> Relation:
        """Returns the smallest relation of numbers on a grid that holds after a layer.

        Values that no transition gives keep the boxes that they had.
        """
        start = {name: dict(codes) for name, codes in relation.start.items()}
        residue = {}
        for name, columns in relation.layout.columns.items():
            checkpoint()
            reached: dict[int | None, list[int]] = {}
            for row, step in enumerate(self._steps):
                reached.setdefault(step.after.get(name), []).append(row)
            for value, rows in reached.items():
                box = tuple(
                    self._outward(after.low[rows, column].min(), after.high[rows, column].max())
                    for column in columns
                )
                if value is None:
                    residue[name] = box
                else:
                    start[name][value] = box
        return replace(relation, start=start, residue=residue)

    def _outward(self, low: float, high: float) -> Interval:
        """Returns a slightly larger interval whose ends the format holds, near 1."""
        return Interval(
            Fraction(floor(Fraction(low) * self._grid), self._grid),
            Fraction(ceil(Fraction(high) * self._grid), self._grid),
        )

    def layerwise(self, first: Relation, layers: Callable[[], int | None]) -> LayerwiseBoxes:
        """Returns relations that layers keep, from that of the embedding on.

        Args:
            first: what holds of the embedding.
            layers: gives the most layers that a run has; None where there may be any number.

        Raises:
            NotShown: when no relation was found that holds after any number of layers, and it is
                not known how many there are.
        """
        found = self._relations(first, layers, _SPLITS[0])
        for splits in _SPLITS[1:]:
            if found.escape is None:
                break
            found = self._relations(first, layers, splits)
        return found

    def _relations(
        self, first: Relation, layers: Callable[[], int | None], splits: int
    ) -> LayerwiseBoxes:
        relations = [first]
        while True:
            last = relations[-1]
            after = self.after(last, splits)
            if all(self.contained(after, last).values()):
                return LayerwiseBoxes(tuple(relations), True, None, splits)
            most = layers()
            if most is not None and len(relations) > most:
                return LayerwiseBoxes(tuple(relations), False, None, splits)
            escape = self.escape(last, after, len(relations))
            if escape is not None:
                return LayerwiseBoxes(tuple(relations), False, escape, splits)
            if len(relations) > _MOST:
                raise NotShown(
                    "no boxes were found that a layer maps into themselves, and runs have more "
                    f"than {_MOST} layers, or it is not known how many"
                )
            following = self.following(last, after)
            # After a while boxes only grow, so as not to go round in circles.
            relations.append(following if len(relations) <= _GROWING else _joined(last, following))

    def escape(self, relation: Relation, after: Boxes, layer: int) -> Escape | None:
        """Returns the transition after which boxes decode worst, if they do not."""
        worst: tuple[float, Escape] | None = None
        failing = 0
        abstraction = relation.abstraction
        for row, step in enumerate(self._steps):
            checkpoint()
            wrong = False
            for name, value in step.after.items():
                columns = relation.layout.columns[name]
                box = tuple(
                    self._outward(after.low[row, column], after.high[row, column])
                    for column in columns
                )
                if decodes_to(abstraction, name, value, box):
                    continue
                wrong = True
                for index, one in enumerate(box):
                    size = float(one.magnitude)
                    if worst is None or size > worst[0]:
                        worst = size, Escape(layer, step, name, index, one, 0)
            failing += wrong
        return None if worst is None else replace(worst[1], failing=failing)


def decodes_to(abstraction: Abstraction, name: str, value: int, box: tuple[Interval, ...]) -> bool:
    """Says whether every vector in a box decodes to a value, by index, of a variable."""
    variables = abstraction.concrete.variables
    return decodes(variables[name], box, abstraction.values[name][value]) is True


def decoded(relation: Relation) -> bool:
    """Says whether coordinates still say what the values of all variables are."""
    return all(
        decodes_to(relation.abstraction, name, value, box)
        for name, own in relation.start.items()
        for value, box in own.items()
    )
