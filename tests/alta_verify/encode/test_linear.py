"""Linear forms are evaluated to what they are in a state, or anywhere that a name is left open."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import given

from alta_verify.arithmetic.interval import ZERO, Interval, hull, point
from alta_verify.encode.linear import ClippedUnit, End, Linear, Part, evaluate
from tests.alta_verify.encode.test_gates import NAMES, condition, sums, table, units

HALF = Interval(Fraction(-1, 2), Fraction(1, 4))


@given(sums)
def test_a_name_that_is_left_open_may_have_any_value(unit):
    linear = Linear(units=units(unit))
    for known in product((0, 1), repeat=2):
        local = dict(zip(NAMES[:2], known, strict=True))
        every = [evaluate(linear, {**local, NAMES[2]: value}) for value in (0, 1)]
        assert hull(every).within(evaluate(linear, local))
    assert evaluate(linear, {}).within(Interval(Fraction(0), Fraction(1)))


def test_of_tables_alone_nothing_is_lost_where_a_name_is_left_open():
    linear = Linear(point(1), {"a": table(0, 2), "b": table(-1, 3)})
    assert evaluate(linear, {"a": 1}) == Interval(Fraction(2), Fraction(6))
    assert evaluate(linear, {"a": 1, "b": 0}) == point(2)


def test_units_are_bounded_once_a_state():
    unit = condition("a", "b")
    known = {unit: point(Fraction(1, 2))}
    linear = Linear(units=((Fraction(2), unit), (Fraction(-1), condition("a"))))
    assert evaluate(linear, {"a": 1, "b": 1}, known) == point(0)
    assert len(known) == 2
    assert evaluate(linear, {"a": 1, "b": 1}) == point(1)


def test_multiples_are_those_of_all_terms():
    copies = {(3, Part.POSITIVE): Fraction(2)}
    linear = Linear(HALF, {"a": table(0, 1)}, copies, units(condition("a")))
    third = linear.scaled(Fraction(-1, 3))
    assert third.constant == HALF.scaled(Fraction(-1, 3))
    assert third.tables["a"][1] == point(Fraction(-1, 3))
    assert third.copies == {(3, Part.POSITIVE): Fraction(-2, 3)}
    assert [weight for weight, _ in third.units] == [Fraction(-1, 3)]
    assert linear.scaled(Fraction(1)) is linear


def test_copies_are_of_one_coordinate_or_of_several():
    one = Linear(HALF, copies={(3, Part.POSITIVE): Fraction(2), (3, Part.NEGATIVE): Fraction(1)})
    assert one.reads(3)
    assert not one.reads(2)
    assert one.is_copy_of(3)
    assert not one.is_copy_of(2)
    assert not Linear(tables={"a": table(0, 1)}).is_copy_of(3)
    assert Linear().is_zero
    assert not one.is_zero


def test_parts_and_ends_of_intervals():
    assert [part.of(HALF) for part in Part] == [
        HALF,
        Interval(Fraction(0), Fraction(1, 4)),
        Interval(Fraction(0), Fraction(1, 2)),
    ]
    assert [end.of(HALF) for end in End] == [Fraction(-1, 2), Fraction(1, 4)]
    # The lower end of -x comes from the upper one of x.
    assert [end.under(Fraction(-1)) for end in End] == [End.HIGH, End.LOW]
    assert [end.under(Fraction(2)) for end in End] == list(End)


def test_a_unit_knows_where_it_may_be_more_than_0():
    both = condition("a", "b")
    assert both.live == {"a": {1}, "b": {1}}
    assert set(both.tests) == {(name, frozenset({value})) for name in "ab" for value in (0, 1)}
    assert ClippedUnit(Linear(ZERO, {"a": table(2, 2)})).tests == (("a", frozenset({0, 1})),)
