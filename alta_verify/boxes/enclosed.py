"""Enclosed layers: relations that a compiled block with noise on every weight keeps.

Heads write a little everywhere, and so does the block; what they add builds up from layer to layer.
Given boxes that hold all residual streams of all layers, what attention adds at most is the same in
each layer, and so is what the block adds in each case. So both are bounded once, and boxes are
followed from layer to layer by adding that. In the end they have to lie in the boxes that were
presumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Final, final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float64

from alta.limit import checkpoint
from alta.nn.model import Model
from alta.nn.sparse import as_dense
from alta_verify.arithmetic.directed_rounding import enlarged, rounding_error
from alta_verify.arithmetic.enclosures import Boxes
from alta_verify.arithmetic.formats import Format
from alta_verify.arithmetic.interval import ZERO, Interval
from alta_verify.boxes.reset import Reset, reset
from alta_verify.boxes.rule_cases import Added, FirstUnits, Matrices, Rows, RuleCases
from alta_verify.encode.cases import Cubes
from alta_verify.encode.network import Network
from alta_verify.encode.relation import Codes, Relation
from alta_verify.obligation import NotShown, Obligation

__all__ = ["EnclosedLayers", "Layers", "enclosed", "is_noisy"]

Array = Float64[npt.NDArray[np.float64], "..."]

# A weight that should be 0 and is larger than this is no noise.
_NOISE: Final = 1 / 16
# How much further than boxes went they are presumed to go, one time after the other: larger boxes
# make for larger ones.
_SLACKS: Final = tuple(Fraction(2) ** power for power in range(-3, 3))


def is_noisy(model: Model) -> bool:
    """Says whether heads write a little to coordinates not their own, or start a little off 0.

    What is more than a little is a mistake, which is said where it is.
    """
    weights, columns = model.weights, model.layout.columns
    foreign = []
    for name, head in weights.heads.items():
        places = list(columns[name])
        foreign.append(np.delete(as_dense(head.output), places, axis=1))
        foreign += [
            np.asarray(table)[:, places]
            for table in (weights.token_embedding, weights.position_embedding)
        ]
    largest = max((float(np.abs(part).max(initial=0)) for part in foreign), default=0.0)
    return 0 < largest <= _NOISE


@final
@dataclass(frozen=True)
class _Attention:
    """What attention adds at most, in any layer.

    Attributes:
        inside: for each head, what it adds to its own coordinates, a row a value that is read.
        spill: what heads add to coordinates of other names, in the reals.
        size: the magnitudes of all products that are added to each coordinate.
        terms: how many products there are.
    """

    inside: Mapping[str, Boxes]
    spill: Boxes
    size: Array
    terms: int

    @classmethod
    def of(cls, model: Model, network: Network) -> _Attention:
        """Reads it off a layer of the network."""
        terms, inside = 0, {}
        low, high, size = np.zeros((3, model.layout.width))
        for name, head in network.heads.items():
            weights = as_dense(model.weights.heads[name].output).astype(np.float64)
            units = range(len(weights))
            held = Boxes.of([[row.get(unit, ZERO) for unit in units] for row in head.held.values()])
            size = size + held.joined.magnitudes[0] @ np.abs(weights)
            terms += len(weights)
            columns = list(model.layout.columns[name])
            inside[name] = held.product(weights[:, columns])
            weights[:, columns] = 0
            elsewhere = held.joined.product(weights)
            low, high = low + elsewhere.low[0], high + elsewhere.high[0]
        spill = Boxes(low[None], high[None])
        return cls(inside, spill, np.asarray(enlarged(size)), terms)

    def added(self, before: Boxes, columns: Sequence[int], format_: Format) -> Boxes:
        """Returns coordinates with what other names' heads add to them, as they are stored."""
        spill, size = self.spill[:, list(columns)], self.size[list(columns)]
        # Lemma 2: all products of all heads and the stream are one sum, in any order.
        slack = rounding_error(enlarged(size + before.magnitudes), self.terms + 4, format_)
        low, high = before.low + spill.low, before.high + spill.high
        return Boxes(low, high).widened(slack).stored(format_)


@final
@dataclass(frozen=True)
class EnclosedLayers:
    """Boxes for all layers, and for each layer boundary on its own.

    Attributes:
        relation: what holds before every layer, and after the last.
        kept: for each name, whether layers were shown to keep its boxes.
        cases: for each variable, in how many cases.
        layers: after how many layers.
    """

    relation: Relation
    kept: Mapping[str, bool]
    cases: Mapping[str, int]
    layers: int


@final
@dataclass(frozen=True)
class Layers:
    """The layers of a model, given a relation that is presumed to hold before each of them."""

    model: Model
    network: Network
    cubes: Cubes
    format_: Format

    @cached_property
    def attention(self) -> _Attention:
        """What attention adds."""
        return _Attention.of(self.model, self.network)

    @cached_property
    def rows(self) -> Mapping[str, Rows]:
        """The boxes of all names after attention, in any layer."""
        relation = self.network.relation
        rows = {
            name: (tuple(codes), Boxes.of([*codes.values()]))
            for name, codes in relation.start.items()
        }
        for name, head in self.network.heads.items():
            # What the head itself adds, and what was left in its coordinates before.
            left, read = Boxes.of([relation.residue_of(name)]), self.attention.inside[name]
            rows[name] = tuple(head.held), Boxes(read.low + left.low, read.high + left.high)
        return {
            name: Rows(values, self._attended(name, before))
            for name, (values, before) in rows.items()
        }

    def _attended(self, name: str, before: Boxes) -> Boxes:
        return self.attention.added(before, self.model.layout.columns[name], self.format_)

    @cached_property
    def matrices(self) -> Matrices:
        """The block."""
        return Matrices.of(self.model.weights.compiled_mlp)

    @cached_property
    def added(self) -> Mapping[str, Added | None]:
        """What the block adds to variables, case by case."""
        layout, abstraction = self.model.layout, self.network.relation.abstraction
        matrices, rows, format_ = self.matrices, self.rows, self.format_
        units = FirstUnits(matrices, layout, rows, format_)
        return {
            name: RuleCases(
                matrices, units, layout, rows, name, abstraction.cubes(name), self.cubes, format_
            ).added()
            for name in self.network.relation.start
        }

    @cached_property
    def resets(self) -> Mapping[str, Reset]:
        """What the block leaves of every head output."""
        joined = {name: rows.boxes.joined for name, rows in self.rows.items()}
        low, high = np.zeros((2, self.model.layout.width))
        for name, boxes in joined.items():
            columns = list(self.model.layout.columns[name])
            low[columns], high[columns] = boxes.low[0], boxes.high[0]
        return {
            name: reset(self.matrices, low, high, self.model.layout.columns[name], self.format_)
            for name in self.network.heads
        }

    def left(self, name: str, before: Boxes) -> Boxes:
        """Returns what may be left of a head output after a layer, given what was before it."""
        read = self.attention.inside[name].joined
        attended = self._attended(name, Boxes(read.low + before.low, read.high + before.high))
        return self.resets[name].left(attended, self.format_)

    def following(self, name: str, before: Boxes) -> Boxes:
        """Returns the boxes of a variable's values after a layer, given those before it."""
        added = self.added[name]
        if added is None:
            raise NotShown(
                f"a rule gives {name} a value of which the relation has no box",
                owner=Obligation("ffn", name),
            )
        return added.step(self._attended(name, before), self.format_)


def enclosed(
    model: Model,
    first: Relation,
    encoded: Callable[[Relation], Network],
    cubes: Cubes,
    layers: int,
    format_: Format,
) -> EnclosedLayers:
    """Returns boxes that hold all residual streams of up to so many layers.

    Args:
        model: the model.
        first: what holds of the embedding.
        encoded: encodes attention, given what holds before it.
        cubes: the local states that may occur.
        layers: how many layers runs have at most.
        format_: the arithmetic.

    Raises:
        NotShown: when there are none that decode.
        FormatOverflowError: when a number may be too large for the format.
    """
    # Lemma 14 (noise): whatever is presumed holds if boxes that are followed with it lie in it.
    presumed = first
    for slack in _SLACKS:
        checkpoint()
        bounded = Layers(model, encoded(presumed), cubes, format_)
        reached, kept = _followed(bounded, first, presumed, layers)
        if all(kept.values()):
            counts = {name: len(cases.old) for name, cases in bounded.added.items() if cases}
            return EnclosedLayers(presumed, kept, counts, layers)
        presumed = _with_room(first, reached, slack)
    raise NotShown(f"no boxes were found that hold the residual streams of {layers} layers")


def _followed(
    bounded: Layers, first: Relation, presumed: Relation, layers: int
) -> tuple[Relation, dict[str, bool]]:
    """Follows the boxes of the embedding through all layers.

    Returns the smallest relation that holds of all of them, and for each name whether what is
    presumed holds of it.

    Raises:
        NotShown: when boxes do not decode after some layer.
    """
    start, kept = {}, {}
    for name, codes in first.start.items():
        boundaries = [Boxes.of([*codes.values()]).stored(bounded.format_)]
        for _ in range(layers):
            checkpoint()
            boundaries.append(bounded.following(name, boundaries[-1]))
        total = _union(boundaries)
        _check_decodes(first, name, boundaries, total)
        outer = Boxes.of([*presumed.start[name].values()], inward=True)
        kept[name] = bool(total.within(outer).all())
        columns = range(total.low.shape[1])
        start[name] = {value: total[row : row + 1].hull(columns) for row, value in enumerate(codes)}
    residue = dict(first.residue)
    # After the last layer nobody reads head outputs.
    for name in bounded.network.heads:
        boundaries = [Boxes.of([first.residue_of(name)]).stored(bounded.format_)]
        for _ in range(layers - 1):
            checkpoint()
            boundaries.append(bounded.left(name, boundaries[-1]))
        total = _union(boundaries)
        outer = Boxes.of([presumed.residue_of(name)], inward=True)
        kept[name] = bool(total.within(outer).all())
        residue[name] = total.hull(range(total.low.shape[1]))
    return replace(first, start=start, residue=residue), kept


def _union(boundaries: Sequence[Boxes]) -> Boxes:
    """Returns boxes that hold those of every layer boundary, row by row."""
    return Boxes(
        np.minimum.reduce([boxes.low for boxes in boundaries]),
        np.maximum.reduce([boxes.high for boxes in boundaries]),
    )


def _check_decodes(
    relation: Relation, name: str, boundaries: Sequence[Boxes], total: Boxes
) -> None:
    """Checks that boxes decode, after every layer, to the values that they are of."""
    columns = range(total.low.shape[1])
    for row, value in enumerate(relation.start[name]):
        if relation.decodes(name, value, total[row : row + 1].hull(columns)):
            continue
        for layer, boxes in enumerate(boundaries):
            box = boxes[row : row + 1].hull(columns)
            if not relation.decodes(name, value, box):
                shown = relation.abstraction.shown(name, value)
                index, reach = max(enumerate(box), key=lambda pair: pair[1].hi - pair[1].lo)
                raise NotShown(
                    f"after layer {layer}, coordinate {index} of {name} may be {reach}, which does "
                    f"not decode to {shown}",
                    owner=Obligation("ffn", name),
                )


def _with_room(first: Relation, reached: Relation, slack: Fraction) -> Relation:
    """Returns a relation with more room than boxes took."""

    def wider(box: tuple[Interval, ...], begins: tuple[Interval, ...]) -> tuple[Interval, ...]:
        return tuple(
            Interval(
                side.lo - (start.lo - side.lo) * slack,
                side.hi + (side.hi - start.hi) * slack,
            )
            for side, start in zip(box, begins, strict=True)
        )

    start: dict[str, Codes] = {
        name: {value: wider(box, first.start[name][value]) for value, box in codes.items()}
        for name, codes in reached.start.items()
    }
    residue = {name: wider(box, first.residue_of(name)) for name, box in reached.residue.items()}
    return replace(first, start=start, residue=residue)
