"""What means can be computed as: every order and every admissible division is allowed for."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from itertools import product
from types import SimpleNamespace

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alta
from alta.nn.rounding import nearest
from alta_verify.abstraction import Abstraction
from alta_verify.arithmetic.formats import FORMATS, stored
from alta_verify.arithmetic.interval import ZERO, Interval, hull, point
from alta_verify.arithmetic.means import means, selections
from alta_verify.encode.averages import (
    Margin,
    _averaging_slack,
    _factor,
    _Sums,
    _weight,
    averages,
    of_one_sign,
)
from alta_verify.encode.embedding import encode_embedding
from alta_verify.encode.relation import Relation
from alta_verify.encode.softmax import Softmax
from tests.alta_verify.averaging import DTYPES, computed_means, quotients

FORMAT = FORMATS["float32"]

EVEN = Softmax.by_mask(4)

UNEVEN = replace(EVEN, weight_error=Fraction(1, 2**40))

AMOUNTS = [Fraction(0), Fraction(-1), Fraction(2)]

dtypes = pytest.mark.parametrize("dtype", DTYPES)

quarters = st.sampled_from([Fraction(n, 2) for n in range(-3, 4)])
boxes = st.builds(lambda a, b: Interval(min(a, b), max(a, b)), quarters, quarters)


def ends(one: Interval) -> tuple[Fraction, Fraction]:
    return one.lo, one.hi


@given(st.lists(boxes, min_size=1, max_size=4), st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_a_mean_of_numbers_of_one_sign_has_that_sign_and_no_other_is_cut(choices, counts):
    counts = [*counts[: len(choices) - 1], counts[3] + 1]
    for chosen in product(*map(ends, choices)):
        mean = sum(a * n for a, n in zip(chosen, counts, strict=True)) / sum(counts)
        near = point(mean).widened(Fraction(1, 8))
        cut = of_one_sign(near, choices)
        assert point(mean).within(cut)
        if any(one.lo < 0 for one in choices):
            assert cut.lo == near.lo
        else:
            assert cut.lo == max(near.lo, 0)
        if any(one.hi > 0 for one in choices):
            assert cut.hi == near.hi
        else:
            assert cut.hi == min(near.hi, 0)


# --- a number of values and their sum -------------------------------------------------------------


CODES = [(0, 1), (0, -1), (0, 1024), (1, -1), (0.25, 1, 3), (-3, 0.5, 2), (0.1, -0.7, 1 / 3)]


@dtypes
@pytest.mark.parametrize("values", CODES, ids=str)
def test_every_computed_mean_is_allowed_for(dtype, values):
    """Of up to 40 numbers, in random orders, with random admissible quotients."""
    rng, format_ = random.Random(str((dtype, values))), FORMATS[dtype]
    numbers = [Fraction(float(DTYPES[dtype](value))) for value in values]
    sums = _Sums(tuple(map(point, numbers)), format_)
    # Each number of terms is that of some of the codes.
    for number in range(1 + CODES.index(values) % 3, 41, 3):
        picked = [min(number, j) for j in range(number + 1)] if len(values) == 2 else range(12)
        for j in picked:
            chosen = [float(numbers[-1])] * j + [float(numbers[0])] * (number - j)
            if len(values) > 2:
                chosen = [float(n) for n in rng.choices(numbers, k=number)]
            total = sum(map(Fraction, chosen))
            claimed = sums.mean(number, point(total))
            assert point(total / number).within(claimed)
            for computed in computed_means(chosen, dtype, rng, 3):
                assert point(computed).within(claimed), (chosen, computed)


@dtypes
@pytest.mark.parametrize("values", [(0, 1 / 3), (-0.1, 0.7), (1 / 7, 1 / 3, 1)], ids=str)
def test_means_of_codes_are_allowed_for_where_buckets_are_those_of_the_numbers(dtype, values):
    format_, count, rng = FORMATS[dtype], 3, random.Random(0)
    numbers = tuple(map(Fraction, values))
    codes = tuple(Fraction(nearest(value, dtype)) for value in values)
    # Each mean is a bucket of its own, by which it is known.
    places = {mean: place for place, mean in enumerate(sorted(means(frozenset(numbers), count)))}
    relation = SimpleNamespace(
        amounts=lambda head: numbers,
        rounded_amounts=lambda head: codes,
        selections=lambda head, count: selections(frozenset(numbers), count),
        abstraction=SimpleNamespace(bucket=lambda head, mean: places[mean]),
    )
    read = {0: [point(code) for code in codes]}
    boxes = averages(relation, "mean", read, Softmax.by_mask(count), count, format_)
    for number in range(1, count + 1):
        for chosen in product(range(len(values)), repeat=number):
            box = boxes[places[sum(numbers[place] for place in chosen) / number]][0]
            held = [codes[place] for place in chosen]
            assert point(sum(held) / number).within(box)
            for computed in computed_means(list(map(float, held)), dtype, rng):
                assert point(computed).within(box)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_no_more_is_allowed_for_where_codes_are_short(dtype):
    """Both ends are the mean itself or computed: with one weight, there is nothing else."""
    format_, store = FORMATS[dtype], DTYPES[dtype]
    sums = _Sums((ZERO, point(1)), format_)
    for number in range(1, 41):
        assert _weight(number, format_).is_point
        weight = np.float32(store(np.float32(1) / np.float32(number)))
        for total in range(number + 1):
            claimed = sums.mean(number, point(total))
            product_ = Fraction(float(weight)) * total
            computed = Fraction(float(store(np.float32(float(product_)))))
            ties = {computed}
            if product_ != computed:
                opposite = 2 * product_ - computed
                ties |= {opposite} if stored(point(opposite), format_).is_point else set()
            possible = {Fraction(total, number), *ties}
            assert {claimed.lo, claimed.hi} <= possible, (total, number)


@dtypes
@pytest.mark.parametrize("number", [1, 2, 3, 7, 10, 40, 4099])
def test_weights_are_those_of_all_admissible_quotients(dtype, number):
    weight = _weight(number, FORMATS[dtype])
    possible = [Fraction(float(DTYPES[dtype](one))) for one in quotients(number)]
    assert weight.lo <= min(possible)
    assert max(possible) <= weight.hi
    format_ = FORMATS[dtype]
    off = 2 * format_.sum_rounding + format_.rounding
    assert (weight.hi - weight.lo) * number <= 2 * off + off**2


@dtypes
@given(
    sizes=st.lists(st.integers(-8, 8).filter(bool), min_size=1, max_size=3),
    number=st.integers(1, 12),
    data=st.data(),
)
def test_what_lies_between_two_sums_is_allowed_for(dtype, sizes, number, data):
    sums = _Sums(tuple(point(Fraction(size, 4)) for size in sizes), FORMATS[dtype])
    chosen = [data.draw(st.sampled_from(sizes)) for _ in range(number)]
    total = Fraction(sum(chosen), 4)
    wide = sums.mean(number, Interval(total - 1, total + 2))
    assert sums.mean(number, point(total)).within(wide)
    rng = random.Random(0)
    for computed in computed_means([one / 4 for one in chosen], dtype, rng, 2):
        assert point(computed).within(wide)


def test_of_weights_that_differ_numbers_of_both_signs_may_have_the_worse_ones():
    """Three quotients are admissible in float32, and a weight may be any of them."""
    sums = _Sums((point(-1), point(1)), FORMAT)
    claimed, weight = sums.mean(6, ZERO), _weight(6, FORMAT)
    assert weight.lo < weight.hi
    worst = 3 * (weight.hi - weight.lo)
    assert claimed.lo <= -worst
    assert worst <= claimed.hi


# --- storing --------------------------------------------------------------------------------------


@dtypes
@given(number=st.fractions(-100, 100, max_denominator=4000))
def test_a_number_is_stored_as_the_nearest_of_the_format(dtype, number):
    format_ = FORMATS[dtype]
    near = stored(point(number), format_)
    held = Fraction(float(np.float64(DTYPES[dtype](float(number)))))
    if abs(number) >= format_.tiny and dtype != "float32":
        assert near.lo <= held <= near.hi
        assert near.is_point or number - near.lo == near.hi - number
    assert abs(near.lo - number) <= max(abs(number) * format_.rounding, format_.tiny)


def test_ties_are_stored_either_way_and_small_numbers_flushed_or_not():
    format_ = FORMATS["bfloat16"]
    tie = 1 + Fraction(1, 256)
    assert stored(point(tie), format_) == Interval(Fraction(1), 1 + Fraction(1, 128))
    assert stored(point(-tie), format_) == Interval(-1 - Fraction(1, 128), Fraction(-1))
    tiny = FORMATS["float16"].tiny
    assert stored(point(tiny / 2), FORMATS["float16"]) == Interval(Fraction(0), tiny)
    assert stored(point(-tiny / 2), FORMATS["float16"]) == Interval(-tiny, Fraction(0))
    assert stored(ZERO, format_) == ZERO


# --- buckets --------------------------------------------------------------------------------------


def test_a_unit_that_holds_a_multiple_of_a_number_is_known_by_it():
    for factor in (Fraction(3), Fraction(-1, 2)):
        assert _factor([point(a * factor) for a in AMOUNTS], AMOUNTS) == factor
    assert _factor([ZERO, ZERO, ZERO], [Fraction(0)] * 3) == 0
    assert _factor([point(1), point(-3), point(6)], AMOUNTS) is None
    assert _factor([ZERO, point(-3), point(5)], AMOUNTS) is None
    assert _factor([ZERO, Interval(Fraction(-3), Fraction(-2)), point(6)], AMOUNTS) is None


def averaging(*values: float) -> Relation:
    """The relation of a program that averages numbers, three of them, in buckets around each."""
    program = alta.program_spec_from_rules(
        name="averaging",
        variables={"number": alta.numeric_var(values=values, input_init_fn=lambda t: values[t])},
        heads={"mean": alta.Head(None, None, "number")},
        rules=[],
        output_name="number",
        input_range=len(values),
        layers=1,
    )
    model = alta.compile(program, max_len=3)
    pairs = [(t, p) for t in range(len(values)) for p in range(3)]
    return encode_embedding(model, Abstraction.of(program), pairs).relation


def exact_means(relation: Relation, bucket: int) -> list[Fraction]:
    return [
        mean
        for mean in means(frozenset(relation.amounts("mean")), 3)
        if relation.abstraction.bucket("mean", mean) == bucket
    ]


@pytest.mark.parametrize("values", [(0, 0.5, 1), (-1, -0.5, 0), (-1, 0, 1)], ids=str)
def test_numbers_of_one_sign_are_averaged_with_the_error_of_their_sum(values):
    """Where weights may be off by a little, which no enumeration has."""
    relation, choices = averaging(*values), [point(Fraction(one)) for one in values]
    result = averages(relation, "mean", {0: choices}, UNEVEN, 3, FORMAT)
    for bucket in range(3):
        exact = hull(map(point, exact_means(relation, bucket)))
        # What cancels may be larger than the mean.
        size = Fraction(1) if min(values) < 0 < max(values) else exact.magnitude
        wanted = exact.widened(_averaging_slack(size, 3, FORMAT))
        assert result[bucket][0] == of_one_sign(wanted, choices)
    assert len(result) == 3


@dtypes
@pytest.mark.parametrize("values", [(0, 0.5, 1), (-1, -0.5, 0), (-1, 0, 1)], ids=str)
def test_even_weights_are_enumerated_and_no_wider_than_with_errors(dtype, values):
    relation, choices = averaging(*values), [point(Fraction(one)) for one in values]
    even, uneven = (
        averages(relation, "mean", {0: choices}, softmax, 3, FORMATS[dtype])
        for softmax in (EVEN, UNEVEN)
    )
    assert even.keys() == uneven.keys()
    for bucket in even:
        assert all(point(mean).within(even[bucket][0]) for mean in exact_means(relation, bucket))
        assert even[bucket][0].within(uneven[bucket][0])
    assert any(even[bucket][0] != uneven[bucket][0] for bucket in even)


@pytest.mark.parametrize(
    "change",
    [{"zero_in_floats": False}, {"weight_error": Fraction(1, 2**40)}],
    ids=["leaks", "spread"],
)
def test_weights_that_leak_or_are_spread_are_not_even(change):
    assert EVEN.even
    assert not replace(EVEN, **change).even


def test_a_unit_that_holds_no_multiple_may_hold_anything_between():
    relation = averaging(0, 0.5, 1)
    choices = [point(1), point(2), point(2)]
    result = averages(relation, "mean", {0: choices}, EVEN, 3, FORMATS["bfloat16"])
    for bucket in range(3):
        assert hull(choices).within(result[bucket][0])


# --- errors ---------------------------------------------------------------------------------------


def test_the_mean_of_one_number_is_that_number():
    assert _averaging_slack(Fraction(5), 1, FORMAT) == 0
    assert _averaging_slack(Fraction(0), 7, FORMAT) == 0
    assert _averaging_slack(Fraction(5), 2, FORMAT) > 0


@pytest.mark.parametrize("count", [2, 3, 7, 13])
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_computed_means_are_within_their_slack(count, dtype):
    """Weights are 1/k, stored; products are summed, and the sum is stored."""
    store = getattr(ml_dtypes, dtype, None) or np.dtype(dtype).type
    rng = np.random.default_rng(count)
    format_ = FORMATS[dtype]
    for _ in range(50):
        values = rng.choice([0.0, 0.25, 1.0, 3.0], size=count).astype(store)
        share = store(np.float32(1) / np.float32(count))
        computed = store(np.sum((values.astype(np.float32) * np.float32(share)), dtype=np.float32))
        exact = sum(Fraction(float(one)) for one in values) / count
        slack = _averaging_slack(exact, count, format_)
        assert abs(Fraction(float(computed)) - exact) <= slack


def test_bounds_of_more_than_half_a_margin_tell_nothing_apart():
    near, far = Margin(Fraction(1, 4), Fraction(3, 8)), Margin(Fraction(1, 4), Fraction(5, 8))
    for one in (near, far):
        assert "within 0.25 (bound)" in str(one)
        assert f"{float(one.margin)} away (margin)" in str(one)
    assert str(near).endswith("so that no threshold tells them apart")
    assert "threshold" not in str(far)
