"""The relation that a proof is about holds of the residual streams of runs in JAX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

import alta
from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify import verify
from alta_verify.arithmetic.interval import ZERO
from alta_verify.encode.relation import Relation
from alta_verify.prove.computes import blocks
from alta_verify.search.invariant import invariant
from tests.alta_verify.weights.changes import CHANGES
from tests.properties.running import Word, coded, course

RUNS = 10


def drawn(program: Program, max_len: int) -> list[Word]:
    """Some inputs of all lengths."""
    rng = np.random.default_rng(0)
    return [program.inputs.sample(rng, max_len) for _ in range(RUNS)]


@cache
def proved(name: str, max_len: int, change: str) -> tuple[Program, Model, Relation]:
    """A program, its changed model, and the relation that there is a proof of."""
    program = getattr(alta.programs, name)()
    model = CHANGES[change](alta.compile(program, max_len=max_len))
    relations = []

    def noted(*arguments, **options):
        relations.append(invariant(*arguments, **options))
        return relations[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "invariant", noted)
        report = verify(program, model, max_len=max_len)
    assert report.proved, report
    return program, model, relations[-1]


def outside(model: Model, relation: Relation, word: Word) -> Iterator[tuple[str, int]]:
    """Coordinates of a run that are not where the relation has them, with the layer."""
    known = course(relation.abstraction.concrete, word)
    streams = model.residual_streams(word, len(known.tables) - 1)
    for layer, (table, stream) in enumerate(zip(known.tables, streams[::2], strict=True)):
        for local, row in zip(table, stream, strict=True):
            values = coded(relation.abstraction, local)
            for name, columns in relation.layout.columns.items():
                boxes = (
                    relation.start[name][values[name]]
                    if name in relation.start
                    else relation.residue_of(name)
                )
                drift = [one.scaled(Fraction(layer)) for one in relation.drift_of(name)]
                for column, box, by in zip(columns, boxes, drift, strict=True):
                    where = Fraction(float(row[column]))
                    if not (box + by).lo <= where <= (box + by).hi:
                        yield name, layer


@pytest.mark.parametrize(
    ("name", "max_len", "change"),
    [
        ("parity_sequential_relative", 20, "in int8 by array"),
        ("parity_sequential_relative", 8, "sums times 0.7"),
        ("parity_sequential_absolute", 8, "in int8 by array"),
    ],
)
def test_streams_of_runs_stay_in_the_boxes(name, max_len, change):
    check_streams(name, max_len, change)


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("name", "max_len"),
    [("parity_sequential_absolute", 20), ("addition", 20), ("scan_parser", 20)],
)
def test_streams_of_longer_runs_stay_in_the_boxes(name, max_len):
    check_streams(name, max_len, "in int8 by array")


def check_streams(name: str, max_len: int, change: str) -> None:
    program, model, relation = proved(name, max_len, change)
    assert relation.drift or relation.residue
    for word in drawn(program, max_len):
        assert not list(outside(model, relation, word))


@pytest.mark.parametrize("narrowed", ["residue", "drift", "start"])
def test_streams_of_runs_do_not_stay_in_smaller_ones(narrowed):
    program, model, relation = proved("parity_sequential_relative", 20, "in int8 by array")
    points = {name: dict.fromkeys(codes) for name, codes in relation.start.items()}
    for name, codes in relation.start.items():
        for value, own in codes.items():
            points[name][value] = tuple(replace(one, hi=one.lo) for one in own)
    smaller = {
        "residue": {name: (ZERO,) * len(own) for name, own in relation.residue.items()},
        "drift": {name: (ZERO,) * len(own) for name, own in relation.drift.items()},
        "start": points,
    }
    narrow = replace(relation, **{narrowed: smaller[narrowed]})
    assert any(any(outside(model, narrow, word)) for word in drawn(program, 20))
