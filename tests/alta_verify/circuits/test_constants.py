"""Constants are units and coordinates that are one number wherever names have values in sets."""

from __future__ import annotations

import numpy as np
import pytest

from alta_verify.circuits import constants
from alta_verify.circuits.constants import Constants
from alta_verify.obligation import NotShown
from alta_verify.universal import Empty
from tests.alta_verify.circuits.toy import context_of, toy

ANY = frozenset({0, 1})
ROW = dict.fromkeys(("odd", "other", "first", "spare", "left_odd"), ANY) | {
    "left": frozenset({-1, 0, 1})
}


@pytest.fixture(scope="module")
def context():
    return context_of(toy())


def fired(context, **sets):
    row = ROW | {name: frozenset(values) for name, values in sets.items()}
    return Constants(context, [row])


def test_of_a_name_with_one_value_all_coordinates_are_constant(context):
    columns = context.model.layout.columns
    found = fired(context, first={1})
    assert found.coordinates[list(columns["first"])].all()
    assert not found.coordinates[list(columns["odd"])].any()


def test_in_several_rows_a_name_may_have_another_value_in_each(context):
    rows = [ROW | {"first": frozenset({value})} for value in (0, 1)]
    columns = list(context.model.layout.columns["first"])
    assert Constants(context, rows).coordinates[columns].all()
    assert not Constants(context, [*rows, ROW]).coordinates[columns].any()


def test_units_that_need_another_value_to_fire_are_constant(context):
    # Where the position is the first one no rule writes to left_odd.
    first, later = fired(context, first={1}), fired(context, first={0})
    assert first.units["fired"].sum() > later.units["fired"].sum()
    everything = fired(context)
    for layer in ("hidden", "expanded", "fired"):
        assert (first.units[layer] | ~everything.units[layer]).all()


def test_every_unit_that_is_said_to_be_constant_is_so_in_the_network(context):
    from alta.nn.reference import mlp

    streams = []
    model, program = context.model, context.program
    for odd in range(2):
        for other in range(2):
            for left in range(2):
                stream = np.zeros(model.layout.width)
                state = {"odd": odd, "other": other, "first": 0, "spare": 0, "left_odd": 0}
                for name, value in (state | {"left": left}).items():
                    stream[model.layout.columns[name][value]] = 1
                streams.append(stream)
    passed = mlp(model.weights.mlp, np.array(streams))
    row = dict.fromkeys(program.domains, ANY)
    row |= {name: frozenset({0}) for name in ("first", "spare", "left_odd")}
    units = Constants(context, [row]).units
    for layer in ("hidden", "expanded", "fired"):
        numbers = getattr(passed, layer)
        same = (numbers == numbers[0]).all(axis=0)
        assert units[layer].any()
        assert same[units[layer]].all()


def test_of_no_rows_and_of_values_without_a_box_nothing_is_said(context):
    with pytest.raises(Empty):
        Constants(context, [])
    with pytest.raises(NotShown, match="not all values of 'odd' have a box"):
        fired(context, odd={0, 7})


def test_rows_are_taken_together_whatever_the_number_that_is_looked_at_at_once(
    context, monkeypatch
):
    rows = [ROW, ROW | {"first": frozenset({1})}]
    together = Constants(context, rows).units
    monkeypatch.setattr(constants, "_CHUNK", 1)
    for order in (rows, rows[::-1]):
        apart = Constants(context, order).units
        assert all((apart[layer] == together[layer]).all() for layer in together)
