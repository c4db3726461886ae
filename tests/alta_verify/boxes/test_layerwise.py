"""Boxes at layer boundaries hold every residual stream there, of every run."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

import alta
from alta.interp.run import run
from alta.nn.block import DenseBlock
from alta.nn.model import Model
from alta_verify.arithmetic.enclosures import Boxes
from alta_verify.arithmetic.interval import Interval
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.prove.computes.theorem import Computes
from tests.alta_verify.boxes.learned_blocks import (
    LONGEST,
    MODEL,
    PROGRAM,
    learned_of,
    repeating,
    shaken,
)


def inside(number: float, box: Interval) -> bool:
    return box.lo <= Fraction(float(number)) <= box.hi


@pytest.mark.parametrize("size", [0.0, 2e-3, 2e-2], ids=["exact", "near", "far"])
def test_boxes_hold_the_residual_streams_of_all_runs(size):
    layerwise = learned_of(size).layerwise
    model, columns = MODEL.with_mlp(shaken(size, 0)), MODEL.layout.columns
    for word in filter(None, PROGRAM.inputs.enumerate(LONGEST)):
        symbolic = run(PROGRAM, word)
        streams = model.residual_streams(word, len(symbolic.states))
        states = [symbolic.initial, *(state.after_mlp for state in symbolic.states)]
        for layer, (state, stream) in enumerate(zip(states, streams[::2], strict=True)):
            if layer >= len(layerwise.relations) and not layerwise.closed:
                break
            relation = layerwise.relations[min(layer, len(layerwise.relations) - 1)]
            for values, row in zip(state, stream, strict=True):
                for name, own in columns.items():
                    boxes = (
                        relation.residue_of(name)
                        if name in PROGRAM.heads
                        else relation.start[name][values[name]]
                    )
                    assert all(map(inside, row[list(own)], boxes))


def test_every_relation_holds_after_the_one_before():
    learned = learned_of(2e-3)
    layerwise, propagation = learned.layerwise, learned.propagation
    assert len(layerwise.relations) > 1
    for before, relation in pairwise(layerwise.relations):
        after = propagation.after(before, layerwise.splits)
        assert all(propagation.contained(after, relation).values())
        # Not of itself, or there would be nothing to check.
        narrow = {
            name: {value: tuple(Interval(i.lo, i.lo) for i in box) for value, box in codes.items()}
            for name, codes in relation.start.items()
        }
        assert not all(propagation.contained(after, replace(relation, start=narrow)).values())


def test_boxes_that_hardly_fit_are_contained_and_boxes_that_do_not_are_not():
    """The ends of a relation are rounded inward: 1/3 has no float64, and is not reached."""
    propagation, first = learned_of().propagation, learned_of().first()
    third = Interval(Fraction(1, 3), Fraction(2, 3))
    relation = replace(
        first,
        start={
            name: {value: (third,) * len(box) for value, box in codes.items()}
            for name, codes in first.start.items()
        },
        residue={name: (third,) * len(MODEL.layout.columns[name]) for name in PROGRAM.heads},
    )
    shape = len(propagation.transitions), MODEL.layout.width
    inner = Boxes(np.full(shape, 0.34), np.full(shape, 0.66))
    assert all(propagation.contained(inner, relation).values())
    outer = Boxes(np.full(shape, float(third.lo)), np.full(shape, 0.66))
    assert Fraction(float(third.lo)) < third.lo
    assert not any(propagation.contained(outer, relation).values())
    nothing = Boxes(np.full(shape, np.nan), np.full(shape, np.nan))
    assert not any(propagation.contained(nothing, relation).values())


def test_the_following_relation_holds_and_is_hardly_larger():
    propagation, first = learned_of(2e-3).propagation, learned_of(2e-3).first()
    after = propagation.after(first, 0)
    relation = propagation.following(first, after)
    assert all(propagation.contained(after, relation).values())
    far = [
        box
        for codes in relation.start.values()
        for boxes in codes.values()
        for box in boxes
        if box.hi - box.lo > 1 / 8
    ]
    assert far == []


def test_boxes_escape_where_noise_is_large_and_the_escape_says_where():
    layerwise = learned_of(2e-2).layerwise
    escape = layerwise.escape
    assert escape is not None
    assert not layerwise.closed
    assert layerwise.layers == escape.layer - 1 == len(layerwise.relations) - 1
    assert escape.name in PROGRAM.variables
    assert 0 < escape.failing <= len(learned_of(2e-2).propagation.transitions)
    assert learned_of().layerwise.escape is None


def test_the_union_holds_wherever_a_relation_does():
    layerwise = learned_of(2e-3).layerwise
    assert len(layerwise.relations) > 1
    for relation in layerwise.relations:
        for name, codes in relation.start.items():
            for value, box in codes.items():
                pairs = zip(box, layerwise.union.start[name][value], strict=True)
                assert all(inner.within(outer) for inner, outer in pairs)


def snapping(model: Model) -> DenseBlock:
    """A block that writes 0 for what is less than 3/8 and 1 for what is more than 5/8."""
    eye = np.eye(model.layout.width, dtype=np.float32)
    zero = np.zeros(len(eye), dtype=np.float32)
    # clip(4 x - 3/2, 0, 1) - x, of which relu(x) - relu(-x) is x.
    return DenseBlock(
        (np.hstack([4 * eye, 4 * eye, eye, -eye]), np.vstack([eye, -eye, -eye, eye])),
        (np.hstack([zero - 1.5, zero - 2.5, zero, zero]).astype(np.float32), zero),
    )


def test_boxes_that_a_layer_maps_into_themselves_hold_after_any_number_of_layers():
    program = repeating()
    model = alta.compile(program, max_len=2)
    task = Task(program, model.with_mlp(snapping(model)), 2, None, Deadline.after(None))
    learned = Computes(task).boxes
    assert learned is not None
    layerwise = replace(learned, layers=lambda: None).layerwise
    assert layerwise.closed
    assert layerwise.layers is None
    last = layerwise.relations[-1]
    assert all(learned.propagation.contained(learned.propagation.after(last, 0), last).values())
