"""Means that a head may give are those of what it may select."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

import alta
from alta_verify.abstraction import Abstraction
from alta_verify.reach.sets import abstract_transformer as reaching
from alta_verify.reach.sets.abstract_transformer import Machine, Source
from alta_verify.reach.sets.value_bits import mask_of
from alta_verify.reach.slices import slice_for


def averaging() -> Machine:
    """A machine of a program that averages bits, in buckets around multiples of 1/4."""
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
    return Machine(abstraction, slice_for(abstraction.finite, {"mean": frozenset({0})}))


@pytest.mark.parametrize(("sure", "number"), [(True, 1), (True, 2), (False, 1), (False, 2)])
def test_means_are_those_of_all_choices_of_what_may_be_selected(sure, number):
    machine = averaging()
    # Some that are selected, or may be, and hold 0 or 4/4, beside one that holds 0.
    asked, keys = mask_of([0]), mask_of([0] if sure else [0, 1])
    sources = [Source(asked, mask_of([0]), 1), Source(keys, mask_of([0, 4]), number)]
    expected = {
        machine.abstraction.bucket("mean", Fraction(sum(chosen), 1 + count))
        for count in ((number,) if sure else range(number + 1))
        for chosen in product((0, 1), repeat=count)
    }
    assert machine.means("mean", sources, asked, 1, 3) == mask_of(expected)


@pytest.mark.parametrize("most", [256, 1])
def test_what_is_written_is_all_that_rules_may_assign(most, monkeypatch):
    """Whether all choices of what is read are looked at, or only rules that may fire."""
    monkeypatch.setattr(reaching, "_CHOICES", most)
    machine = averaging()
    old = mask_of([0])
    columns = {"bit": [old, old], "mean": [mask_of([1, 3]), mask_of([3])]}
    assert machine.write(columns, "bit") == [mask_of([0, 2]), old]
