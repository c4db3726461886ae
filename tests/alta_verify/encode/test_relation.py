"""What a relation allows at a layer boundary is what layers before it may have added."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

import alta
from alta_verify.abstraction import Abstraction
from alta_verify.arithmetic.formats import FORMATS
from alta_verify.arithmetic.interval import ZERO, Interval, hull, point
from alta_verify.encode.embedding import encode_embedding
from alta_verify.encode.relation import Relation, decodes

BFLOAT16 = FORMATS["bfloat16"]

STEP = Interval(Fraction(-1, 1024), Fraction(1, 512))

LEFT = Interval(Fraction(-1, 8), Fraction(1, 4))


def drifting(layers: int) -> Relation:
    """A relation in which a variable and a head output drift, which also leaves something."""
    program = alta.programs.parity_sequential_relative()
    model = alta.compile(program, max_len=4)
    pairs = [(t, p) for t in range(program.input_range) for p in range(4)]
    relation = encode_embedding(model, Abstraction.of(program), pairs).relation
    return replace(
        relation,
        residue={"done_left": (LEFT, ZERO)},
        drift={"done_left": (STEP, STEP), "parity": (ZERO, STEP)},
        layers=layers,
    )


@pytest.mark.parametrize("layers", [1, 2, 5])
def test_before_a_layer_all_others_may_have_added_something(layers):
    relation = drifting(layers)
    own = relation.layout.columns
    left = {own["done_left"][0]: LEFT, own["done_left"][1]: ZERO}
    assert relation.remains == {
        column: one + STEP.scaled(Fraction(layers - 1)) for column, one in left.items()
    }
    for value, start in relation.start["parity"].items():
        before, after = relation.codes["parity"][value], relation.last["parity"][value]
        assert before == (start[0], start[1] + STEP.scaled(Fraction(layers - 1)))
        assert after == (start[0], start[1] + STEP.scaled(Fraction(layers)))
    assert relation.codes["done"] == relation.last["done"] == relation.start["done"]
    assert not relation.exact


def test_where_nothing_drifts_nothing_is_added():
    relation = replace(drifting(5), drift={})
    assert relation.remains == {relation.layout.columns["done_left"][0]: LEFT}
    assert relation.codes == relation.last == relation.start
    assert replace(relation, residue={}).exact


def test_no_layers_add_nothing():
    relation = drifting(0)
    assert set(relation.remains.values()) == {LEFT, ZERO}
    assert relation.codes == relation.last == relation.start


def test_numbers_of_the_codes_are_those_of_their_values():
    relation = drifting(1)
    assert relation.start["parity"] == {0: (point(1), ZERO), 1: (ZERO, point(1))}


def test_a_number_decodes_as_it_is_and_one_of_several_coordinates_above_a_half():
    number = alta.numeric_var(values=(0, 1), input_init_fn=lambda token: token)
    assert decodes(number, (point(1),), 1, BFLOAT16, ())
    assert not decodes(number, (point(1),), 0, BFLOAT16, ())
    assert not decodes(number, (Interval(Fraction(0), Fraction(1)),), 1, BFLOAT16, ())
    half = Fraction(1, 2)
    low, high = Interval(-half, half), Interval(half + STEP.hi, Fraction(2))
    assert decodes(alta.var(2), (low, high), 1, BFLOAT16, ())
    assert not decodes(alta.var(2), (low, high), 0, BFLOAT16, ())
    assert not decodes(alta.var(2), (low, Interval(half, Fraction(2))), 1, BFLOAT16, ())


def test_a_number_decodes_as_the_nearest_one_of_the_format():
    number = alta.numeric_var(default=1 / 3)
    third = (point(Fraction(171, 512)),)
    assert decodes(number, third, 1 / 3, BFLOAT16, ())
    assert not decodes(number, third, 1 / 3, FORMATS["float16"], ())
    assert not decodes(number, (point(Fraction(1 / 3)),), 1 / 3, BFLOAT16, ())


def test_of_numbers_with_a_coordinate_each_the_one_above_a_half_is_decoded():
    number, zero, one = alta.numeric_var(default=0.1), point(Fraction(0)), point(Fraction(1))
    held = (0.1, 1 / 3, 1 / 3 + 2.0**-40)
    assert decodes(number, (zero, one, zero), 1 / 3, BFLOAT16, held)
    # To the format the last two are the same number.
    assert decodes(number, (zero, zero, one), 1 / 3, BFLOAT16, held)
    assert not decodes(number, (zero, zero, one), 1 / 3, FORMATS["float64"], held)
    assert not decodes(number, (zero, one, one), 1 / 3, BFLOAT16, held)
    assert not decodes(number, (one, zero, zero), 1 / 3, BFLOAT16, held)
    assert not decodes(number, (zero, zero, zero), 1 / 3, BFLOAT16, held)
    assert not decodes(number, (zero, hull([zero, one]), zero), 1 / 3, BFLOAT16, held)
