"""Means that a head may give are those of what it may select."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

import alta
from alta_verify.abstraction import Abstraction
from alta_verify.reach.sets import abstract_transformer as reaching
from alta_verify.reach.sets.abstract_transformer import (
    AbstractTransformer,
    Source,
    bits_of,
    values_of,
)
from alta_verify.reach.slices import SlicedProgram, slice_for


def averaging() -> SlicedProgram:
    """A program that averages bits, in buckets around multiples of 1/4."""
    quarters = tuple(number / 4 for number in range(5))
    program = alta.program_spec_from_rules(
        name="averaging",
        variables={"bit": alta.numeric_var(values=quarters, input_init_fn=lambda token: token / 4)},
        heads={"mean": alta.Head(None, None, "bit")},
        rules=[alta.rule({"mean": 1}, "bit", 0.5)],
        output_name="bit",
        input_range=5,
        layers=1,
    )
    abstraction = Abstraction.of(program)
    return SlicedProgram(abstraction, slice_for(abstraction.finite, {"mean": frozenset({0})}))


@pytest.mark.parametrize("values", [[], [-1], [0, 3], [-1, 2, 70]])
def test_a_set_of_values_is_one_number_and_back(values):
    assert list(values_of(bits_of(values))) == values


@pytest.mark.parametrize(("sure", "number"), [(True, 1), (True, 2), (False, 1), (False, 2)])
def test_means_are_those_of_all_choices_of_what_may_be_selected(sure, number):
    program = averaging()
    # Some that are selected, or may be, and hold 0 or 4/4, beside one that holds 0.
    asked, keys = bits_of([0]), bits_of([0] if sure else [0, 1])
    sources = [Source(asked, bits_of([0]), 1), Source(keys, bits_of([0, 4]), number)]
    expected = {
        program.abstraction.bucket("mean", Fraction(sum(chosen), 1 + count))
        for count in ((number,) if sure else range(number + 1))
        for chosen in product((0, 1), repeat=count)
    }
    transformer = AbstractTransformer(program)
    assert transformer.means("mean", sources, asked, range(1, 4)) == bits_of(expected)


@pytest.mark.parametrize("most", [256, 1])
def test_what_is_written_is_all_that_rules_may_assign(most, monkeypatch):
    """Whether all choices of what is read are looked at, or only rules that may fire."""
    monkeypatch.setattr(reaching, "_CHOICES", most)
    transformer = AbstractTransformer(averaging())
    old = bits_of([0])
    columns = {"bit": [old, old], "mean": [bits_of([1, 3]), bits_of([3])]}
    assert transformer.write(columns, "bit") == [bits_of([0, 2]), old]
