"""Sums, copies and clips of a layer hold what the format computes, in any order."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alta_verify.arithmetic.formats import FORMATS, Span, storing_slack, sum_slack, total
from alta_verify.arithmetic.interval import ONE, ZERO, Interval, point
from alta_verify.encode.linear import ClippedUnit, Linear, Part
from alta_verify.encode.rounded_sums import _nearly_switching, exact_in_any_order
from tests.alta_verify.encode.reading import between, expanding, reading
from tests.properties.test_copying_blocks import copying

FORMAT = FORMATS["float32"]


# --- clips ---------------------------------------------------------------------------------------


def test_a_unit_that_cannot_be_more_than_0_is_nothing_and_one_that_is_at_least_1_is_1():
    for bias, weight in ((-1, 1), (-2, 1.5)):
        assert reading(expanding(bias, weight, 0), between(0.25, 1)).hidden(0).is_zero
    one = reading(expanding(1, 1), between(0, 1)).hidden(0)
    assert (one.constant, one.tables, one.copies, one.units) == (ONE, {}, {}, ())
    some = reading(expanding(-1, 1), between(0, 1.25)).hidden(0)
    assert not some.is_zero


def test_what_is_clipped_is_stored_as_a_number_up_to_1():
    # Numbers of 8 bits hold 128ths up to 2, though not up to 4.
    encoding = reading(expanding(2.0**-7, 2, 2), *[between(n, n) for n in (0, 1)], name="bfloat16")
    ((weight, unit),) = encoding.hidden(0).units
    assert weight == 1
    assert unit.argument.constant == point(Fraction(1, 2**7))


@pytest.mark.parametrize("weight", [0.25, 3.0])
def test_what_is_clipped_is_rounded_to_be_stored(weight):
    encoding = reading(expanding(0, weight, weight), between(0.1, 0.7), name="bfloat16")
    ((_, unit),) = encoding.hidden(0).units
    terms = [(Fraction(weight), encoding.coordinate(column)) for column in (0, 1)]
    unclipped = encoding.sums.add(terms, Fraction(0))
    span = encoding.sums.span(unclipped)
    size = Span(span.quantum, min(span.magnitude, Fraction(1)))
    slack = storing_slack(size, FORMATS["bfloat16"])
    assert slack > 0
    assert unit.argument.constant == unclipped.constant.widened(slack)


# --- copies --------------------------------------------------------------------------------------

weights = st.sampled_from([Fraction(n, 4) for n in (-6, -4, -1, 1, 4, 6)] + [Fraction(1, 3)])
noises = st.sampled_from([Interval(-r, r) for r in (Fraction(1, 2), Fraction(1, 2**20))])


@given(
    terms=st.lists(st.tuples(weights, weights, noises), min_size=2, max_size=3),
    storing=st.booleans(),
)
@example(terms=[(Fraction(1), Fraction(1), Interval(Fraction(-1, 8), ZERO.hi))] * 2, storing=True)
def test_what_is_added_to_copies_is_rounded_together_with_them(terms, storing):
    size = Fraction(1, 16)
    encoding = reading(copying(), between(-1 / 16, 1 / 32))
    copied = encoding.sums.copied(
        [
            (weight, Linear(noise, copies={(0, Part.WHOLE): factor}))
            for weight, factor, noise in terms
        ],
        storing=storing,
    )
    spans = [Span(None, abs(w) * (abs(f) * size + noise.magnitude)) for w, f, noise in terms]
    slack = sum_slack(spans, FORMAT) + (storing_slack(total(spans), FORMAT) if storing else 0)
    exact = sum((noise.scaled(weight) for weight, _, noise in terms), ZERO)
    assert copied is not None
    assert copied.constant == exact.widened(slack)
    multiple = sum(weight * factor for weight, factor, _ in terms)
    assert copied.copies == ({(0, Part.WHOLE): multiple} if multiple else {})


def test_multiples_that_are_rounded_are_copied_only_where_that_says_more_than_a_table():
    encoding = reading(copying(), between(-1, 0.5))
    third = Fraction(1, 3)

    def copied(column: int, factor: Fraction, *, storing: bool) -> Linear | None:
        one = Linear(copies={(column, Part.WHOLE): Fraction(1)})
        return encoding.sums.copied([(factor, one)], storing=storing)

    for storing in (False, True):
        # Of a variable the numbers are known.
        assert copied(1, third, storing=storing) is None
        assert copied(0, third, storing=storing).copies == {(0, Part.WHOLE): third}
    # More than 1 is going to be cut off, unless it is stored before.
    assert copied(0, 4 * third, storing=False) is None
    assert copied(0, 4 * third, storing=True).copies == {(0, Part.WHOLE): 4 * third}


def test_noise_on_a_copy_that_is_clipped_is_rounded_together_with_it():
    encoding = reading(copying(), between(0, 0.5), name="bfloat16")
    noise = Interval(Fraction(-1, 4), Fraction(1, 8))
    clipped = encoding.sums.clipped_copy(Linear(noise, copies={(0, Part.WHOLE): Fraction(1)}))
    slack = storing_slack(Span(None, Fraction(3, 4)), FORMATS["bfloat16"])
    assert slack > storing_slack(Span(None, Fraction(1, 4)), FORMATS["bfloat16"])
    assert clipped.constant == noise.widened(slack)
    assert clipped.copies == {(0, Part.WHOLE): 1}


def test_different_parts_of_a_coordinate_are_rounded_where_they_are_added():
    encoding = reading(copying(), between(-1 / 16, 1 / 32))

    def copied(*copies: tuple[Part, int]) -> Linear:
        terms = [(Fraction(1), Linear(copies={(0, part): Fraction(n)})) for part, n in copies]
        return encoding.sums.copied(terms, storing=False)

    # Twice a negative number, less its size, is three times it.
    assert copied((Part.WHOLE, 2), (Part.NEGATIVE, -1)).constant.magnitude > 0
    assert copied((Part.WHOLE, 2), (Part.WHOLE, -1)).constant == ZERO


@pytest.mark.parametrize(
    ("factors", "exact"),
    [
        ((1, -1), True),
        ((1, -0.5, -0.5), True),
        ((1, 2, -3), False),
        ((1, -0.25, -0.75), False),
        ((1, 2), False),
    ],
    ids=str,
)
def test_multiples_are_exact_in_any_order_if_all_partial_sums_are_powers_of_two(factors, exact):
    assert exact_in_any_order([Fraction(factor) for factor in factors]) is exact
    # A number with all bits of float32 shows the rounding, where there is any.
    x = np.float32(1 + 2.0**-23)
    rounded = False
    for order in permutations(factors):
        computed, real = np.float32(0), Fraction(0)
        for factor in order:
            computed += np.float32(factor) * x
            real += Fraction(factor) * Fraction(float(x))
            rounded = rounded or Fraction(float(computed)) != real
    assert not (exact and rounded)
    assert exact or rounded


@pytest.mark.parametrize("third", [np.float32(1 / 3), np.float64(1 / 3)], ids=["32", "64"])
def test_a_unit_that_is_nearly_0_or_1_is_one_that_is_with_noise(third):
    # Three thirds that are rounded: 0 or nearly 1.
    tables = {name: {0: ZERO, 1: point(Fraction(float(third)))} for name in "abc"}
    shifted = {name: {v: i.scaled(Fraction(3)) for v, i in t.items()} for name, t in tables.items()}
    unit = ClippedUnit(Linear(point(-2), shifted))
    linear = _nearly_switching(unit)
    ((weight, sharper),) = linear.units
    assert not unit.switching
    assert sharper.switching
    assert weight == 1
    assert linear.constant == Interval(Fraction(-1, 2**20), Fraction(1, 2**20))


def test_a_unit_that_is_far_from_0_and_1_stays_as_it_is():
    unit = ClippedUnit(Linear(point(Fraction(1, 4)), {"a": {0: ZERO, 1: point(1)}}))
    linear = _nearly_switching(unit)
    assert (linear.constant, [kept for _, kept in linear.units]) == (ZERO, [unit])


def test_a_unit_may_be_anything_between_0_and_1_where_a_sum_is_clipped():
    sums = reading(copying(), between(0, 1)).sums
    unit = ClippedUnit(Linear(point(Fraction(-1, 2)), {"h": {-1: ZERO, 0: ONE}}))
    for weight, bias in ((1, Fraction(-1, 2)), (-1, Fraction(3, 2))):
        clipped = sums.clip(Linear(point(bias), units=((Fraction(weight), unit),)))
        assert clipped.units
        assert (clipped.constant, clipped.tables) == (ZERO, {})
    assert sums.clip(Linear(point(-1), units=((Fraction(1), unit),))).is_zero
    assert sums.clip(Linear(point(2), units=((Fraction(-1), unit),))).constant == ONE
