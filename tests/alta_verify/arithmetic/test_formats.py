"""Bounds on rounding hold of the worst that formats may do; and the checker has the same."""

from __future__ import annotations

import math
from fractions import Fraction

import jax.numpy as jnp
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from alta_verify.arithmetic.formats import (
    FORMATS,
    Format,
    FormatOverflowError,
    Span,
    grid,
    is_power_of_two,
    storing_slack,
    sum_slack,
    total,
)
from alta_verify.arithmetic.interval import Interval, point
from alta_verify.check import numbers as checked
from alta_verify.check.refused import Refused

names = pytest.mark.parametrize("name", list(FORMATS))

TWO = Fraction(2)


# --- the formats ----------------------------------------------------------------------------------


@names
def test_a_format_is_what_jax_says_it_is(name):
    format_ = FORMATS[name]
    stored, summed = jnp.finfo(name), jnp.finfo(format_.accumulate)
    assert summed.bits >= stored.bits
    assert format_.precision == stored.nmant + 1
    assert format_.sum_precision == summed.nmant + 1
    # No number is subnormal, or too large, in either.
    assert format_.smallest == max(stored.minexp, summed.minexp)
    assert format_.sum_smallest == summed.minexp
    assert format_.largest == min(stored.maxexp, summed.maxexp) - 1
    assert TWO**format_.largest <= Fraction(float(stored.max))


@names
def test_the_exponential_is_0_and_normal_where_a_format_says_so(name):
    format_ = FORMATS[name]
    summed = jnp.finfo(format_.accumulate)
    below = summed.minexp - summed.nmant - 1
    assert -format_.exp_zero / math.log(2) < below - 8
    # Of half of the normal numbers at least there is nothing to say.
    assert -format_.exp_normal / math.log(2) > format_.smallest + 5
    assert format_.exp_error == 16 * TWO**-format_.sum_precision


@names
def test_the_checker_has_the_same_formats(name):
    mine, theirs = FORMATS[name], checked.FORMATS[name]
    assert theirs.precision == mine.precision
    assert theirs.sum_precision == mine.sum_precision
    assert (theirs.tiny, theirs.huge) == (mine.tiny, mine.huge)
    assert theirs.sum_tiny == mine.sum_tiny == TWO**mine.sum_smallest
    assert theirs.exp_zero == mine.exp_zero
    assert (mine.tiny, mine.huge) == (TWO**mine.smallest, TWO**mine.largest)
    assert (mine.rounding, mine.sum_rounding) == (TWO**-mine.precision, TWO**-mine.sum_precision)


# --- grids ----------------------------------------------------------------------------------------

exponents = st.integers(-12, 12)
binary = st.builds(lambda n, e: n * TWO**e, st.integers(-40, 40), exponents)


@given(st.lists(binary, max_size=4))
def test_a_grid_is_the_coarsest_that_has_all_numbers(some):
    step = grid(some)
    if not any(some):
        assert step == 0
        return
    assert is_power_of_two(step)
    assert all((one / step).denominator == 1 for one in some)
    assert any((one / step / 2).denominator != 1 for one in some)


@given(binary, st.sampled_from([3, 7, 12]))
def test_what_is_no_binary_fraction_has_no_grid(number, part):
    odd = number + Fraction(1, part)
    assert grid([number, odd]) is None
    assert Span.of([point(odd)]).quantum is None
    assert Span.of([point(number), point(odd)]).scaled(Fraction(1)).quantum is None
    assert Span.of([point(number)]).scaled(Fraction(1, part)).quantum in (
        {None} if number else {0, None}
    )


@given(st.integers(-70, 70), st.integers(-20, 20))
def test_powers_of_two_are_told(exponent, number):
    power = TWO**exponent
    assert is_power_of_two(power)
    assert is_power_of_two(-power)
    assert not is_power_of_two(3 * power)
    assert is_power_of_two(Fraction(number)) == (abs(number) in {1, 2, 4, 8, 16})
    assert not is_power_of_two(power / 3)
    for one in (power, -power, 3 * power, power / 3, Fraction(number)):
        assert checked.is_power_of_two(one) == is_power_of_two(one)


# --- the worst that may happen --------------------------------------------------------------------


def rounded(number: Fraction, precision: int, format_: Format, *, up: bool) -> Fraction:
    """A number in so many bits, ties as wished; what is subnormal becomes 0."""
    if abs(number) < format_.tiny:
        return Fraction(0)
    exponent = (abs(number).numerator.bit_length() - abs(number).denominator.bit_length()) - 1
    while TWO ** (exponent + 1) <= abs(number):
        exponent += 1
    step = TWO ** (exponent - precision + 1)
    below, rest = divmod(number, step)
    half = rest * 2 - step
    return step * (below + (half > 0 or (half == 0 and up)))


def worst_sum(
    pairs: list[tuple[Fraction, Fraction]], order: list[int], format_: Format, *, up: bool
) -> Fraction:
    """Adds up products, by pairs at any place, each of them rounded."""
    bits = format_.sum_precision
    parts = [rounded(a * b, bits, format_, up=up) for a, b in pairs]
    for place in order:
        if len(parts) > 1:
            one, other = parts.pop(place % len(parts)), parts.pop(place % len(parts))
            parts.append(rounded(one + other, bits, format_, up=up))
    return sum(parts, Fraction(0))


SMALL = Format("small", 5, "small", 7, -9, -9, 30, 128, 64)
"""With few bits, much goes wrong."""

factors = st.builds(lambda n, e: n * TWO**e, st.integers(-64, 64), st.integers(-6, 6))
pairs = st.lists(st.tuples(factors, factors), min_size=1, max_size=8)


@given(pairs, st.lists(st.integers(0, 7), min_size=7, max_size=7), st.booleans())
def test_no_order_of_summation_is_further_off_than_its_slack(some, order, up):
    spans = [Span.of([point(a)]).times(Span.of([point(b)])) for a, b in some]
    have = worst_sum(some, order, SMALL, up=up)
    want = sum((a * b for a, b in some), Fraction(0))
    slack = sum_slack(spans, SMALL)
    assert abs(have - want) <= slack
    stored = rounded(have, SMALL.precision, SMALL, up=up)
    whole = total(spans)
    size = Span(None, whole.magnitude + slack) if slack else whole
    assert abs(stored - have) <= storing_slack(size, SMALL)


def alone(quantum: Fraction, size: Fraction) -> Span:
    """The span of all multiples of a number up to another."""
    return Span(quantum, size)


@pytest.mark.parametrize("quantum", [TWO**-3, TWO**-9, TWO**4])
def test_stored_numbers_are_exact_up_to_what_the_format_holds(quantum):
    most = quantum * 2**SMALL.precision
    assert storing_slack(alone(quantum, most), SMALL) == 0
    # The next number on the grid is not one of the format.
    after = most + quantum
    assert rounded(after, SMALL.precision, SMALL, up=False) != after
    slack = storing_slack(alone(quantum, after), SMALL)
    assert slack == after * TWO**-SMALL.precision + SMALL.tiny
    assert storing_slack(Span(None, most), SMALL) == most * TWO**-SMALL.precision + SMALL.tiny


def test_what_may_be_subnormal_is_not_exact():
    below = SMALL.tiny / 2
    assert rounded(below, SMALL.precision, SMALL, up=True) == 0
    assert storing_slack(alone(below, below), SMALL) >= below
    assert sum_slack([alone(below, below)], SMALL) >= below
    assert storing_slack(alone(SMALL.tiny, SMALL.tiny), SMALL) == 0
    assert sum_slack([alone(SMALL.tiny, SMALL.tiny)], SMALL) == 0


def test_a_product_that_is_alone_needs_no_headroom_and_a_sum_two_bits():
    most = Fraction(2**SMALL.sum_precision)
    nothing = Span(Fraction(0), Fraction(0))
    assert sum_slack([alone(Fraction(1), most), nothing], SMALL) == 0
    assert sum_slack([alone(Fraction(1), most + 1), nothing], SMALL) > 0
    both = [alone(Fraction(1), most / 8), alone(Fraction(1), most / 8)]
    assert sum_slack(both, SMALL) == 0
    assert sum_slack([*both, alone(Fraction(1), Fraction(1))], SMALL) > 0


def test_a_sum_of_whole_numbers_and_others_is_of_two():
    bits = SMALL.sum_precision - 2
    whole, halves = alone(Fraction(1), Fraction(1)), Fraction(1, 2)
    most = halves * 2**bits - 1
    assert sum_slack([whole, alone(halves, most)], SMALL) == 0
    assert sum_slack([whole, alone(halves, most + 1)], SMALL) > 0


def test_numbers_that_may_be_too_large_are_refused():
    for bound in (sum_slack, lambda spans, format_: storing_slack(spans[0], format_)):
        assert bound([alone(SMALL.huge, SMALL.huge)], SMALL) == 0
        with pytest.raises(FormatOverflowError, match="too large for small"):
            bound([alone(SMALL.huge, SMALL.huge + 1)], SMALL)


def test_headroom_is_not_needed_by_a_product_that_is_alone_and_by_others_it_is():
    single = FORMATS["float32"]
    zero, two = Span.of([point(Fraction(0))]), Span.of([point(Fraction(2))])
    largest, large = (Span.of([point(Fraction(2**24 - odd))]) for odd in (1, 3))
    for alone in ([largest], [largest, zero], [zero, zero, largest]):
        assert sum_slack(alone, single) == 0
    for several in ([large, two], [large, two, zero], [large, two, zero, zero]):
        assert sum_slack(several, single) > 0


def test_so_many_numbers_that_nothing_is_known_of_their_sum_are_refused():
    # n u is less than 1/2 up to 31 of them, with n = 2 · 31 + 1 and u = 2^-7.
    rough = Span(None, Fraction(1))
    assert sum_slack([rough] * 31, SMALL) > 31 * Fraction(63, 128)
    with pytest.raises(FormatOverflowError, match="a sum of 32 numbers"):
        sum_slack([rough] * 32, SMALL)


# --- the checker, which has been written anew ----------------------------------------------------

ends = st.builds(lambda a, b: (min(a, b), max(a, b)), binary | st.just(Fraction(1, 3)), binary)
spanned = st.lists(ends, min_size=1, max_size=3)


def both(some: list[tuple[Fraction, Fraction]]) -> tuple[Span, checked.Span]:
    mine = Span.of([Interval(*one) for one in some])
    theirs = checked.Span.of([checked.Interval(*one) for one in some])
    return mine, theirs


def same(mine: Span, theirs: checked.Span) -> bool:
    return (mine.quantum, mine.magnitude) == (theirs.grid, theirs.size)


@given(spanned, spanned, binary)
def test_the_checker_has_the_same_spans(some, others, factor):
    (one, theirs), (other, others_) = both(some), both(others)
    assert same(one, theirs)
    assert same(one.times(other), theirs.times(others_))
    assert same(one.scaled(factor), theirs.scaled(factor))
    assert same(total([one, other]), checked.Span.total([theirs, others_]))


@names
@given(some=st.lists(spanned, min_size=2, max_size=5), power=st.integers(-20, 20))
@example(some=[[(Fraction(1), Fraction(1))]] * 2, power=-1100)
@example(some=[[(Fraction(2**55), Fraction(2**55))], [(Fraction(1), Fraction(1))]], power=0)
def test_the_checker_has_the_same_slack(name, some, power):
    pairs = [both([(a * TWO**power, b * TWO**power) for a, b in each]) for each in some]
    mine, theirs = [one for one, _ in pairs], [one for _, one in pairs]
    # What is alone is the one thing of which the checker says less.
    assume(sum(one.quantum != 0 for one in mine) != 1)
    own, its = FORMATS[name], checked.FORMATS[name]
    for have, want in (
        (lambda: sum_slack(mine, own), lambda: checked.sum_slack(theirs, its)),
        (
            lambda: storing_slack(total(mine), own),
            lambda: checked.storing_slack(checked.Span.total(theirs), its),
        ),
    ):
        try:
            slack = have()
        except FormatOverflowError:
            with pytest.raises(Refused):
                want()
        else:
            assert slack == want()


def test_the_checker_refuses_what_is_too_large_or_too_long():
    format_ = checked.Format(5, 7, TWO**-9, TWO**-9, TWO**30, 128)
    huge, rough = checked.Span(format_.huge, format_.huge), checked.Span(None, Fraction(1))
    assert checked.sum_slack([huge], format_) == 0
    assert checked.storing_slack(huge, format_) == 0
    beyond = checked.Span(format_.huge, format_.huge + 1)
    for bound in (
        lambda: checked.sum_slack([beyond], format_),
        lambda: checked.storing_slack(beyond, format_),
    ):
        with pytest.raises(Refused, match="too large"):
            bound()
    assert checked.sum_slack([rough] * 31, format_) > 31 * Fraction(63, 128)
    with pytest.raises(Refused, match="too long"):
        checked.sum_slack([rough] * 32, format_)
