"""What is projected holds every product that the format computes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from alta.nn.layout import Layout
from alta_verify.arithmetic.formats import FORMATS
from alta_verify.arithmetic.interval import ZERO, Interval, point
from alta_verify.arithmetic.matrices import RationalMatrix
from alta_verify.encode import projection
from alta_verify.encode.projection import project, projected_spans
from alta_verify.universal import Empty
from tests.alta_verify.encode.heads import dense, relative

FORMAT = FORMATS["float32"]


def test_what_is_projected_may_be_larger_by_rounding():
    model, relation = relative()
    third = np.float32(1 / 3)
    array = dense(model.weights.heads["fetched"].query)
    array[list(model.layout.columns[model.program.heads["fetched"].query]), :] = third
    spans = projected_spans(RationalMatrix.of(array), relation, FORMAT)
    for span in spans:
        assert span.quantum is None
        size = model.program.position_range * Fraction(float(third))
        assert size + size * FORMAT.sum_rounding < span.magnitude < size * (1 + Fraction(1, 2**16))


def test_what_is_projected_is_stored_within_what_is_said_of_it():
    model, relation = relative()
    array = np.zeros((model.layout.width, 1), dtype=np.float32)
    columns = model.layout.columns
    # 1 + 2^-7 + 3/4 2^-7 is on a grid of sums, and stored in 8 bits as 1 + 2^-6.
    array[columns["index"][0]], array[columns["token"][0]] = 1 + 2.0**-7, 3 * 2.0**-9
    rows = project(array, relation, "index", FORMATS["bfloat16"])
    assert point(1 + Fraction(1, 2**6)).within(rows[0][0])
    assert point(ZERO.lo).within(rows[1][0])
    rows = project(array, relation, "index", FORMAT)
    assert rows[0][0] == Interval(1 + Fraction(1, 2**7), 1 + Fraction(1, 2**7) + Fraction(3, 2**9))


def test_variables_count_wherever_head_outputs_are():
    model, relation = relative()
    columns = model.layout.columns
    for order in (1, -1):
        places = {
            name: tuple(range(model.layout.width)[c if order > 0 else -1 - c] for c in own)
            for name, own in columns.items()
        }
        array = np.zeros((model.layout.width, 1), dtype=np.float32)
        for name in ("token", "fetched"):
            array[places[name][0]] = 1
        moved = replace(relation, layout=Layout(model.layout.width, places))
        rows = project(array, moved, "index", FORMAT)
        assert {row[0] for row in rows.values()} == {Interval(Fraction(0), Fraction(1))}


def test_what_may_be_left_of_head_outputs_counts():
    model, relation = relative()
    array = np.zeros((model.layout.width, 1), dtype=np.float32)
    array[model.layout.columns["fetched"][0]] = 2
    left = Interval(Fraction(-1, 8), Fraction(1, 4))
    boxes = (left, *[ZERO] * (len(model.layout.columns["fetched"]) - 1))
    dirty = replace(relation, residue={"fetched": boxes})
    clean_rows = project(array, relation, "index", FORMAT)
    assert clean_rows == {value: {} for value in relation.codes["index"]}
    for row in project(array, dirty, "index", FORMAT).values():
        assert left.scaled(Fraction(2)).within(row[0])
    (span,) = projected_spans(RationalMatrix.of(array), dirty, FORMAT)
    assert span.magnitude >= Fraction(1, 2)


def test_a_name_without_values_is_not_projected():
    _, relation = relative()
    nothing = replace(relation, start={**relation.start, "index": {}})
    with pytest.raises(Empty, match="values of index"):
        project(np.zeros((relation.layout.width, 1)), nothing, "index", FORMAT)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_noise_is_projected_as_exact_arithmetic_has_it_and_hardly_wider(dtype, monkeypatch):
    model, relation = relative()
    rng = np.random.default_rng(0)
    array = dense(model.weights.heads["fetched"].query).astype(np.float32)
    array = (array + rng.normal(0, 1e-3, array.shape)).astype(np.float32)
    enclosed = project(array, relation, "index", FORMATS[dtype])
    # Without rounding that is what the sums are.
    monkeypatch.setattr(projection, "_NOISY", array.size)
    monkeypatch.setattr(projection, "_slack", lambda *_: Fraction(0))
    for value, row in project(array, relation, "index", FORMATS[dtype]).items():
        for unit, exact in row.items():
            assert exact.within(enclosed[value][unit])
            assert enclosed[value][unit].within(exact.widened(FORMATS[dtype].rounding * 2**11))
