"""Layerwise boxes: for every layer boundary a relation that a block with any weights keeps.

A trained block writes codes only nearly. Boxes are propagated through it as in interval and affine
reachability analysis: from those that the embedding gives, the boxes after a layer are computed for
every transition that occurs, and so on from layer to layer. The sequence ends with boxes that a
layer maps into themselves, an inductive invariant, which then holds after any number of layers; or
after as many layers as runs have; or with an escape, where boxes no longer decode.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, final

import numpy as np

from alta.limit import checkpoint
from alta.nn.layout import Layout
from alta_verify.abstraction import Transition
from alta_verify.arithmetic.directed_rounding import finite, round_down, round_up
from alta_verify.arithmetic.enclosures import Boxes
from alta_verify.arithmetic.formats import Format
from alta_verify.arithmetic.interval import Interval, hull
from alta_verify.boxes.block import BoundedBlock
from alta_verify.encode.network import Network
from alta_verify.encode.relation import Relation
from alta_verify.obligation import NotShown

__all__ = ["BoxPropagation", "Escape", "LayerwiseBoxes"]

# How often boxes are halved, at first and if that leads nowhere.
_SPLITS: Final = (0, 3, 6)
# After so many layers boxes have to hold those of the layer before.
_WIDENING: Final = 16
# So many layers are taken one by one.
_MAX_LAYERS: Final = 256
# In place of the value of a head output after a layer, which has none.
_NONE: Final = -2


@final
@dataclass(frozen=True)
class Escape:
    """A coordinate that may leave what decodes to the value that it stands for.

    Attributes:
        layer: after how many layers.
        index: which of the variable's coordinates.
        reach: where that coordinate may be.
        failing: how many of the transitions go wrong in that layer.
    """

    layer: int
    transition: Transition
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
    closed: bool = False
    escape: Escape | None = None
    splits: int = 0

    @property
    def layers(self) -> int | None:
        """After how many layers it is known where the residual stream is; None for any number."""
        return None if self.closed else len(self.relations) - 1

    @property
    def union(self) -> Relation:
        """A relation that holds wherever one of these does."""
        return _union(self.relations)


def _union(relations: Sequence[Relation]) -> Relation:
    def hulls(boxes: Iterable[tuple[Interval, ...]]) -> tuple[Interval, ...]:
        return tuple(map(hull, zip(*boxes, strict=True)))

    # Coordinate by coordinate the hull; values that do not occur have the same box in all.
    start = {
        name: {
            value: hulls(relation.start[name][value] for relation in relations) for value in codes
        }
        for name, codes in relations[0].start.items()
    }
    left = {name for relation in relations for name in relation.residue}
    residue = {name: hulls(relation.residue_of(name) for relation in relations) for name in left}
    return replace(relations[0], start=start, residue=residue)


@final
class BoxPropagation:
    """The map of a layer from boxes of residual streams to boxes.

    Attributes:
        block: what is bounded.
        transitions: every transition that a run within the bounds has; boxes have a row for each.
    """

    def __init__(
        self,
        block: BoundedBlock,
        encoded: Callable[[Relation], Network],
        transitions: Sequence[Transition],
        format_: Format,
    ) -> None:
        """Attention is encoded given what holds before it."""
        self.block, self._encoded = block, encoded
        self.transitions = tuple(transitions)
        # Ends between -2 and 2 with so many steps to 1 are numbers of every format.
        self._grid = 2 ** min(10, format_.precision - 2)
        self._computed: dict[tuple[int, int], tuple[Relation, Boxes]] = {}

    def before(self, relation: Relation) -> Boxes:
        """Returns the boxes after attention, which the block reads; raises as `heads` does."""
        network = self._encoded(relation)
        network.check_spill()
        # Lemma 2: after attention every name is in the box of its value. Ends are rounded outward.
        states = [transition.local for transition in self.transitions]
        boxes = _rows(relation.layout, states, lambda name, value: network.codes[name][value])
        return Boxes(finite(boxes.low), finite(boxes.high))

    def after(self, relation: Relation, splits: int) -> Boxes:
        """Returns the boxes after a layer."""
        key = id(relation), splits
        if key not in self._computed:
            # The relation is kept beside them, so that its identity is not used again.
            self._computed[key] = relation, self.block.after(self.before(relation), splits)
        return self._computed[key][1]

    def contained(self, after: Boxes, relation: Relation) -> dict[str, bool]:
        """Says of every name whether boxes after a layer lie in those of a relation."""

        def box(name: str, value: int) -> tuple[Interval, ...]:
            return relation.residue_of(name) if value == _NONE else relation.start[name][value]

        # Ends of the relation are rounded inward: what lies in them lies in the relation.
        afters = [transition.after for transition in self.transitions]
        inside = after.within(_rows(relation.layout, afters, box, inward=True))
        columns = relation.layout.columns
        return {name: bool(inside[:, list(columns[name])].all()) for name in columns}

    def following(self, relation: Relation, after: Boxes) -> Relation:
        """Returns the smallest relation of numbers on a grid that holds after a layer.

        Values that no transition gives keep the boxes that they had.
        """
        start = {name: dict(codes) for name, codes in relation.start.items()}
        residue = {}
        for name, columns in relation.layout.columns.items():
            checkpoint()
            rows_of: dict[int | None, list[int]] = {}
            for row, transition in enumerate(self.transitions):
                rows_of.setdefault(transition.after.get(name), []).append(row)
            # The smallest box around all transitions to a value: the best post-image that the
            # relation can say.
            for value, rows in rows_of.items():
                box = self._outward(after[np.array(rows)].hull(columns))
                if value is None:
                    residue[name] = box
                else:
                    start[name][value] = box
        return replace(relation, start=start, residue=residue)

    def _outward(self, box: tuple[Interval, ...]) -> tuple[Interval, ...]:
        """Returns slightly larger intervals whose ends the format holds, near 1."""
        return tuple(interval.outward(self._grid) for interval in box)

    def layerwise(self, first: Relation, layers: Callable[[], int | None]) -> LayerwiseBoxes:
        """Returns relations that layers keep, from that of the embedding on.

        Runs have at most so many layers; None where there may be any number. Raises `NotShown`
        when no relation was found that holds after any number of layers, and there are too many.
        """
        # Halving costs time, so it is tried only where whole boxes escape.
        *few, most = _SPLITS
        for splits in few:
            boxes = self._propagated(first, layers, splits)
            if boxes.escape is None:
                return boxes
        return self._propagated(first, layers, most)

    def _propagated(
        self, first: Relation, layers: Callable[[], int | None], splits: int
    ) -> LayerwiseBoxes:
        relations = [first]
        while True:
            last = relations[-1]
            after = self.after(last, splits)
            # A box that a layer maps into itself is inductive: no later layer leaves it.
            if all(self.contained(after, last).values()):
                return LayerwiseBoxes(tuple(relations), closed=True, splits=splits)
            # No run takes a layer beyond the bound, so there the sequence may end as well.
            bound = layers()
            if bound is not None and len(relations) > bound:
                return LayerwiseBoxes(tuple(relations), splits=splits)
            if escape := self._escape(last, after, len(relations)):
                return LayerwiseBoxes(tuple(relations), escape=escape, splits=splits)
            if len(relations) > _MAX_LAYERS:
                raise NotShown(
                    "no boxes were found that a layer maps into themselves, and runs have more "
                    f"than {_MAX_LAYERS} layers, or it is not known how many"
                )
            following = self.following(last, after)
            # Widening (Cousot & Cousot, 1977): after a while boxes only grow, on a grid, so as not
            # to go round in circles.
            widening = len(relations) > _WIDENING
            relations.append(_union([last, following]) if widening else following)

    def _escape(self, relation: Relation, after: Boxes, layer: int) -> Escape | None:
        """Returns the transition after which boxes decode worst, if they do not."""
        escapes, failing = [], set()
        for row, transition in enumerate(self.transitions):
            checkpoint()
            for name, value in transition.after.items():
                # As the next relation would have it: what decodes between its grid points need not
                # do so on them.
                box = self._outward(after[row : row + 1].hull(relation.layout.columns[name]))
                if not relation.decodes(name, value, box):
                    failing.add(row)
                    escapes += [
                        Escape(layer, transition, name, index, reach, 0)
                        for index, reach in enumerate(box)
                    ]
        if not escapes:
            return None
        # The coordinate that is furthest from 0 says most about what went wrong.
        worst = max(escapes, key=lambda escape: escape.reach.magnitude)
        return replace(worst, failing=len(failing))


def _rows(
    layout: Layout,
    states: Sequence[Mapping[str, int]],
    box_of: Callable[[str, int], tuple[Interval, ...]],
    *,
    inward: bool = False,
) -> Boxes:
    """Returns a row of boxes for each state, with ends in float64, rounded outward or inward."""
    # NaN where nothing is written, which lies in no box and is refused as an input.
    low, high = np.full((2, len(states), layout.width), np.nan)
    lower, upper = (round_up, round_down) if inward else (round_down, round_up)

    @cache
    def ends(name: str, value: int) -> tuple[list[float], list[float]]:
        box = box_of(name, value)
        return [lower(i.lo) for i in box], [upper(i.hi) for i in box]

    for row, state in enumerate(states):
        checkpoint()
        for name, columns in layout.columns.items():
            low[row, list(columns)], high[row, list(columns)] = ends(name, state.get(name, _NONE))
    return Boxes(low, high)
