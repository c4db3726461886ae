"""The checker's bounds on means hold of computed ones, and are as tight as the prover's."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from itertools import product
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alta_verify.arithmetic import formats
from alta_verify.arithmetic.interval import Interval as Box
from alta_verify.arithmetic.interval import point as box
from alta_verify.arithmetic.means import selections
from alta_verify.check import averages as checker
from alta_verify.check.numbers import FORMATS, Interval, nearest, point
from alta_verify.check.refused import Refused
from alta_verify.encode import averages as prover
from alta_verify.encode.softmax import Softmax
from tests.alta_verify.averaging import DTYPES, computed_means

names = pytest.mark.parametrize("name", list(FORMATS))


def ends(one):
    return one.lo, one.hi


@names
@given(
    amounts=st.lists(st.integers(-3, 3), min_size=1, max_size=4).filter(any),
    factor=st.sampled_from([Fraction(1), Fraction(-1), Fraction(-3, 4)]),
    count=st.integers(1, 4),
)
@example(amounts=[-1, 2], factor=Fraction(1), count=2)
@example(amounts=[0, -1], factor=Fraction(1), count=2)
@example(amounts=[-1, -2], factor=Fraction(1), count=2)
def test_means_are_the_same_unless_weights_differ_and_signs_too(name, amounts, factor, count):
    unit = 2
    own = {0: [Fraction(amount, unit) * factor for amount in amounts]}
    # Of the numbers that the program has, those that occur.
    known, values = (7, *amounts), range(1, len(amounts) + 1)
    head = SimpleNamespace(value="n", bucket=lambda total, number: total // number)
    exact = tuple(Fraction(amount, unit) for amount in known)
    numbers = SimpleNamespace(amounts=(known, unit), values=exact, numbers=exact)
    program = SimpleNamespace(variables={"n": numbers}, heads={"mean": head})
    have = checker.means(program, "mean", values, own, count, FORMATS[name])
    possible = [Fraction(amount, unit) for amount in amounts]
    relation = SimpleNamespace(
        amounts=lambda head: possible,
        rounded_amounts=lambda head: possible,
        selections=lambda head, count: selections(frozenset(possible), count),
        abstraction=SimpleNamespace(bucket=lambda head, mean: math.floor(mean)),
    )
    boxes = {0: [box(one) for one in own[0]]}
    format_ = formats.FORMATS[name]
    wanted = prover.averages(relation, "mean", boxes, Softmax.by_mask(count), count, format_)
    assert have.keys() == wanted.keys()
    alike = min(own[0]) >= 0 or max(own[0]) <= 0 or name in {"bfloat16", "float16"}
    for bucket, units in have.items():
        if alike:
            assert ends(units[0]) == ends(wanted[bucket][0])
        else:
            off = 16 * format_.sum_rounding * max(map(abs, own[0]))
            assert Box(*units[0]).within(wanted[bucket][0].widened(off))
            assert wanted[bucket][0].within(Box(*units[0]).widened(off))


@names
@given(number=st.integers(1, 5000))
def test_weights_are_the_same(name, number):
    wanted = prover._weight(number, formats.FORMATS[name])
    assert ends(checker._weights(number, FORMATS[name])) == ends(wanted)


@names
@given(number=st.fractions(-40, 40, max_denominator=5000))
def test_numbers_are_stored_alike(name, number):
    wanted = formats.stored(box(number), formats.FORMATS[name])
    assert ends(checker._stored(point(number), FORMATS[name])) == ends(wanted)


def test_numbers_that_are_too_large_are_not_stored():
    with pytest.raises(Refused, match="too large"):
        checker._stored(point(Fraction(2) ** 16), FORMATS["float16"])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("values", [(0, 1), (0, -1), (1, -1), (-3, 0.5, 2), (0.1, -0.7)], ids=str)
def test_every_computed_mean_is_allowed_for(dtype, values):
    rng, format_ = random.Random(str((dtype, values))), FORMATS[dtype]
    numbers = [Fraction(float(DTYPES[dtype](value))) for value in values]
    for number in range(1, 41):
        weights = checker._weights(number, format_)
        for _ in range(8):
            chosen = rng.choices(numbers, k=number)
            total = sum(chosen)
            claimed = checker._mean(weights, number, point(total), numbers, format_)
            assert point(total / number).within(claimed)
            for computed in computed_means(list(map(float, chosen)), dtype, rng, 2):
                assert Interval(computed, computed).within(claimed)


def test_what_is_below_the_normal_numbers_may_be_stored_as_0_or_as_the_least_of_them():
    format_ = FORMATS["float32"]
    nothing, tiny = Fraction(0), format_.tiny
    assert checker._neighbours(tiny / 4, format_) == Interval(nothing, tiny)
    assert checker._neighbours(-tiny / 4, format_) == Interval(-tiny, nothing)
    assert checker._neighbours(nothing, format_) == Interval(nothing, nothing)


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("values", [(0, 1 / 3), (-0.1, 0.7), (1 / 7, 1 / 3, 1)], ids=str)
def test_means_of_codes_are_allowed_for_where_buckets_are_those_of_the_numbers(name, values):
    format_, count = FORMATS[name], 3
    exact = tuple(map(Fraction, values))
    codes = tuple(nearest(value, format_) for value in exact)
    unit = math.lcm(*(value.denominator for value in exact))
    program = SimpleNamespace(
        variables={
            "n": SimpleNamespace(
                amounts=([int(value * unit) for value in exact], unit), values=exact, numbers=codes
            )
        },
        heads={"mean": SimpleNamespace(value="n", bucket=lambda total, number: total)},
    )
    have = checker.means(program, "mean", range(len(values)), {0: list(codes)}, count, format_)
    rng = random.Random(0)
    for number in range(1, count + 1):
        for chosen in product(range(len(values)), repeat=number):
            bucket = int(sum(exact[place] for place in chosen) * unit)
            claimed = have[bucket][0]
            own = [codes[place] for place in chosen]
            assert point(sum(own) / number).within(claimed)
            for computed in computed_means(list(map(float, own)), name, rng, 1):
                assert Interval(computed, computed).within(claimed)
    # A unit that holds something else than a multiple of codes is not averaged.
    other = [*codes[:-1], codes[-1] * 2]
    if 0 not in codes:
        with pytest.raises(Refused, match="not multiples of its numbers"):
            checker.means(program, "mean", range(len(values)), {0: other}, count, format_)
