"""What is said of attention weights holds of those of any scores that there can be."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alta_verify.arithmetic.formats import FORMATS
from alta_verify.arithmetic.interval import Interval, point
from alta_verify.encode.softmax import Distances, Softmax, distances, leakage, softmax

FORMAT = FORMATS["float32"]

FAR, NORMAL = FORMAT.exp_zero, FORMAT.exp_normal

ends = st.integers(-3, 3).map(lambda n: Fraction(n * NORMAL, 2)) | st.integers(-200, 200).map(
    lambda n: Fraction(n, 2)
)
scores = st.builds(
    lambda low, more: Interval(low, low + more), ends, st.integers(0, 3).map(Fraction)
)


# --- how far apart --------------------------------------------------------------------------------


@given(st.lists(scores, min_size=1, max_size=4), st.booleans())
def test_any_two_scores_are_far_apart_or_no_further_than_the_deepest(some, same):
    found = distances(some, alike=same, format_=FORMAT)
    # Where a score is computed anew for every position, one interval holds two of them.
    every = set(some) if same else [*some, *some]
    for one, other in combinations(every, 2):
        for a, b in product((one.lo, one.hi), (other.lo, other.hi)):
            apart = abs(a - b)
            assert apart >= FAR or apart <= found.deepest
            if found.level:
                assert apart >= FAR or apart <= NORMAL


def far(*numbers: float) -> list[Interval]:
    return [point(Fraction(number)) for number in numbers]


def test_scores_are_far_apart_from_where_the_exponential_is_0():
    assert distances(far(0, FAR), alike=True, format_=FORMAT) == Distances()
    near = distances(far(0, FAR - 1), alike=True, format_=FORMAT)
    assert near == Distances(False, Fraction(FAR - 1), frozenset([Fraction(FAR - 1)]))
    # What is far from one may be near to another.
    chain = distances(far(0, NORMAL, 2 * NORMAL), alike=True, format_=FORMAT)
    assert (chain.level, chain.deepest) == (False, Fraction(2 * NORMAL))


def test_scores_are_far_apart_only_from_end_to_end():
    near = Interval(Fraction(0), Fraction(10))
    for other in (Interval(Fraction(130), Fraction(130)), Interval(Fraction(137), Fraction(140))):
        found = distances([near, other], alike=True, format_=FORMAT)
        assert (found.level, found.deepest) == (False, other.hi)
    beyond = Interval(Fraction(10 + FAR), Fraction(200))
    assert distances([near, beyond], alike=True, format_=FORMAT) == Distances()


def test_scores_are_level_up_to_where_the_exponential_is_normal():
    assert distances(far(0, NORMAL), alike=True, format_=FORMAT).level
    assert not distances(far(0, NORMAL + 1), alike=True, format_=FORMAT).level


def test_every_distance_is_asked_about_at_both_of_its_ends():
    some = [Interval(Fraction(0), Fraction(1)), Interval(Fraction(5), Fraction(7))]
    found = distances(some, alike=True, format_=FORMAT)
    assert found.near == {Fraction(4), Fraction(7)}
    three = distances([*some, point(9)], alike=True, format_=FORMAT)
    assert three.near == {Fraction(n) for n in (4, 7, 8, 9, 2)}


def test_one_score_is_as_far_from_itself_as_it_is_wide():
    wide = [Interval(Fraction(0), Fraction(1, 2))]
    assert distances(wide, alike=True, format_=FORMAT) == Distances()
    found = distances(wide, alike=False, format_=FORMAT)
    assert found == Distances(True, Fraction(1, 2), frozenset([Fraction(1, 2)]))


def test_of_many_scores_the_outermost_are_asked_about():
    many = [point(Fraction(n, 64)) for n in range(66)]
    assert distances(many, alike=True, format_=FORMAT).near == {Fraction(65, 64)}
    assert len(distances(many[:64], alike=True, format_=FORMAT).near) == 63
    wide = [one + Interval(Fraction(0), Fraction(1, 128)) for one in many]
    ends = {Fraction(65, 64) - Fraction(1, 128), Fraction(65, 64) + Fraction(1, 128)}
    assert distances(wide, alike=True, format_=FORMAT).near == ends


def test_distances_of_two_queries_are_those_of_either():
    one = Distances(True, Fraction(1), frozenset([Fraction(1)]))
    other = Distances(False, Fraction(70), frozenset([Fraction(70), Fraction(2)]))
    both = Distances(False, Fraction(70), frozenset(map(Fraction, (1, 2, 70))))
    assert one.joined(other) == other.joined(one) == both


# --- weights --------------------------------------------------------------------------------------


def weights(some: list[Fraction]) -> list[float]:
    """Real attention weights, nearly."""
    top = max(some)
    powers = [math.exp(float(one - top)) for one in some]
    return [power / sum(powers) for power in powers]


steps = st.integers(0, 16).map(lambda n: Fraction(n, 1024))


@given(
    selected=st.lists(steps, min_size=1, max_size=4),
    others=st.lists(st.integers(0, 40).map(lambda n: Fraction(n, 2)), max_size=4),
    gap=st.sampled_from([Fraction(n) for n in (1, 2, 8, 20)]),
)
@example([Fraction(0)], [Fraction(0)], Fraction(1))
@example([Fraction(0), Fraction(1, 64)], [Fraction(0)] * 3, Fraction(2))
def test_real_weights_are_as_softmax_says(selected, others, gap):
    low = min(selected)
    below = [low - gap - one for one in others]
    every = [*selected, *below]
    apart = distances([point(one) for one in every], alike=True, format_=FORMAT)
    spread = max(selected) - low
    said = softmax(gap if others else None, spread, apart, len(every), FORMAT)
    real = weights(every)
    mine, theirs = real[: len(selected)], real[len(selected) :]
    assert sum(theirs) <= said.leak
    share = 1 / len(selected)
    alone = weights(selected)
    assert all(
        abs(one - share) <= said.weight_error * Fraction(share) * Fraction(1 + 1e-9) + 1e-12
        for one in alone
    )
    assert said.floor is not None
    assert min(real) >= said.floor
    assert mine


def test_a_gap_from_which_the_exponential_is_0_leaves_nothing_when_computed():
    level = Distances()
    for gap, zero_in_floats in ((None, True), (Fraction(FAR), True), (Fraction(FAR - 1), False)):
        assert softmax(gap, Fraction(0), level, 4, FORMAT).zero_in_floats is zero_in_floats
    assert softmax(None, Fraction(0), level, 4, FORMAT).leak == 0


def test_computed_weights_may_leak_more_than_real_ones():
    gap = Fraction(20)
    said = softmax(gap, Fraction(0), Distances(), 4, FORMAT)
    assert said.leak == leakage(gap, 4) * Fraction(65, 64)
    assert softmax(Fraction(1, 100), Fraction(0), Distances(), 40, FORMAT).leak == 1


@pytest.mark.parametrize("spread", [Fraction(0), Fraction(1, 100)])
def test_rounding_makes_weights_inexact_where_others_count(spread):
    """The sum in the denominator is then rounded, up to once for every position."""
    level, u, stored = Distances(), FORMAT.sum_rounding, FORMAT.rounding
    here = spread * (1 + spread) + 3 * FORMAT.exp_error if spread else Fraction(0)
    for gap, more in ((FAR, 0), (Fraction(40), 0), (Fraction(10), 12 * u + 2 * stored)):
        said = softmax(Fraction(gap), spread, level, 4, FORMAT)
        assert said.weight_error == here + more
    # Less than half of the last place of 1 is lost.
    assert 4 * leakage(Fraction(40), 4) < u < leakage(Fraction(10), 4)


def test_without_level_scores_weights_have_no_floor():
    apart = Distances(level=False, deepest=Fraction(100))
    assert softmax(None, Fraction(0), apart, 4, FORMAT).floor is None
    assert softmax(None, Fraction(0), replace(apart, level=True), 4, FORMAT).floor > 0


@pytest.mark.parametrize("bits", [1, 10, 100])
def test_the_floor_is_below_the_exponential_of_the_greatest_distance(bits):
    # ln 2 = 0.693147180559945309…, so that exp(-deepest) is less than 2^-bits.
    deepest = bits * Fraction(693147180559946, 10**15)
    said = softmax(None, Fraction(0), Distances(True, deepest), 4, FORMAT)
    # Half of it is for errors of exp.
    assert said.floor == Fraction(1, 8) * Fraction(1, 2 ** (bits + 1)) / 2


def test_equal_scores_give_equal_weights():
    assert softmax(None, Fraction(0), Distances(), 4, FORMAT) == Softmax.by_mask(4)
    # Half of 1/4, for what division and storing may do.
    assert Softmax.by_mask(4) == Softmax(Fraction(0), True, Fraction(0), Fraction(1, 8))


@given(st.integers(1, 60), st.integers(1, 9))
def test_the_floor_is_below_the_least_weight_but_not_by_much(depth, length):
    apart = Distances(True, Fraction(depth), frozenset([Fraction(depth)]))
    floor = softmax(None, Fraction(0), apart, length, FORMAT).floor
    least = math.exp(-depth) / length
    assert least / 9 <= floor <= least / 2


@given(st.integers(1, 400).map(lambda n: Fraction(n, 4)), st.integers(1, 9))
def test_the_leak_is_no_more_than_twice_what_it_is(gap, length):
    real = (length - 1) * math.exp(-float(gap))
    assert real <= leakage(gap, length) <= 2.1 * real


def test_no_leak_has_astronomically_many_digits():
    assert leakage(Fraction(10**9), 3) == 2 * Fraction(1, 2) ** 4096
