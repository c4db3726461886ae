"""What is known of coordinates: where they are, how they drift, what their multiples do."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from alta.nn.layout import Layout
from alta_verify.arithmetic.formats import FORMATS, Span
from alta_verify.arithmetic.interval import ONE, ZERO, Interval, point
from alta_verify.encode.coordinates import Coordinates
from alta_verify.encode.linear import Part

FORMAT = FORMATS["float32"]

BOX = Interval(Fraction(-1, 2), Fraction(1, 4))

START = {"v": {0: (ZERO, ONE), 1: (ONE, ZERO)}, "h": {-1: (ZERO,), 0: (BOX,)}}

HERE = Coordinates(
    Layout(3, {"v": (2, 0), "h": (1,)}),
    START,
    {"v": None, "h": Fraction(1, 4)},
    START,
    {"h": (Interval(Fraction(0), Fraction(1, 8)),)},
    3,
)


def test_a_coordinate_has_the_intervals_of_its_name():
    assert [HERE.name(column) for column in range(3)] == ["v", "h", "v"]
    assert [HERE.is_read(column) for column in range(3)] == [False, True, False]
    assert HERE.tables[0] == {0: ONE, 1: ZERO}
    assert HERE.hulls[1] == BOX
    assert HERE.undrifted(2).tables == {"v": {0: ZERO, 1: ONE}}


def test_only_known_numbers_are_on_a_grid():
    assert HERE.span(0) == Span(Fraction(1), Fraction(1))
    assert HERE.free_span(0) == Span(None, Fraction(1))
    # The ends of its box are on a grid, but not what is between them.
    assert HERE.span(1) == Span(None, Fraction(1, 2))


@pytest.mark.parametrize(
    ("least", "most", "beyond"), [(0, 1, (0, 0)), (1, 2, (0, 1 / 4)), (-1, 0, (-1 / 4, 0))], ids=str
)
def test_what_has_drifted_is_outside_of_its_drift_where_it_grows_or_turns(least, most, beyond):
    # Before a layer two others have drifted, by up to 1/8 each.
    found = HERE.drift_beyond(1, Fraction(least), Fraction(most))
    assert found == Interval(*map(Fraction, beyond))
    assert HERE.drift_beyond(0, Fraction(least), Fraction(most)) == ZERO


@pytest.mark.parametrize(
    ("column", "weight", "normal"),
    [
        (1, Fraction(1), True),
        (1, FORMAT.tiny * 4, True),
        (1, FORMAT.tiny * 2, False),
        (1, FORMAT.huge * 2, True),
        (1, FORMAT.huge * 4, False),
        (0, Fraction(1), False),
    ],
)
def test_multiples_are_normal_between_the_floor_and_the_largest_number(column, weight, normal):
    assert HERE.is_normal({(column, Part.WHOLE): Fraction(1)}, weight, FORMAT) is normal
    assert HERE.is_normal({(column, Part.WHOLE): -weight}, Fraction(1), FORMAT) is normal


def test_a_point_may_drift_too():
    drifting = replace(HERE, drift={"v": (ZERO, BOX)})
    assert drifting.drift_of(0) == BOX
    assert drifting.drift_of(1) == drifting.drift_of(2) == ZERO
    assert drifting.tables[1][0] == BOX != point(0)
