"""The constants in the code are those of the lemmas."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

import alta
from alta.compiler.first_layer import conjunction
from alta.compiler.numbers import WeightFormat
from alta.compiler.pipeline import ATTENTION_SCALE
from alta.compiler.thresholds import step
from alta_verify.arithmetic.formats import FORMATS, FormatOverflowError, Span, sum_slack
from alta_verify.arithmetic.means import means
from alta_verify.arithmetic.mixtures import LARGEST_SLACK, longest_mixture, mixture_slack
from alta_verify.encode import averages
from alta_verify.encode.softmax import leakage
from proofs.lemmas import (
    bucket_gaps,
    error_growth,
    exponential_zero,
    grid,
    mixtures,
    snapping,
    softmax_leak,
    step_sharpness,
)
from tests.alta.compiler.test_means import nearest_means

FORMAT_NAMES = list(FORMATS)


def test_the_verifier_has_the_units_of_the_lemmas():
    units = {name: (one.sum_rounding, one.rounding) for name, one in FORMATS.items()}
    assert units == mixtures.UNITS


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_the_compiler_has_the_units_of_the_lemmas(name):
    known = WeightFormat(name)
    assert (known.sum_unit, known.unit) == mixtures.UNITS[name]


def test_the_leak_is_the_lemma_s():
    for eighths in range(1, 1000):
        for length in (1, 2, 20, 2**14):
            gap = Fraction(eighths, 8)
            assert leakage(gap, length) == softmax_leak.leak(gap, length)
    # Of astronomic gaps less is claimed.
    assert leakage(Fraction(10) ** 9, 2) >= softmax_leak.leak(Fraction(10) ** 5, 2)


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_powers_are_0_from_where_the_verifier_says(name):
    known = FORMATS[name]
    assert known.exp_zero >= exponential_zero.threshold(known.accumulate)
    # With bits to spare for exponentials that are a little off.
    assert exponential_zero.margin(known.accumulate, known.exp_zero) >= 34


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_the_compiler_s_scores_are_as_far_apart_as_the_verifier_asks(name):
    known = FORMATS[name]
    assert ATTENTION_SCALE[known.accumulate] ** 2 >= known.exp_zero


def test_the_compiler_s_nearest_means_are_as_far_apart_as_the_lemma_says():
    for values in ((0, 1), (0, 1, 3), (-2, 1, 7)):
        numbers = [Fraction(value) for value in values]
        # The largest step of which all differences are multiples.
        size = Fraction(int(np.gcd.reduce([value - values[0] for value in values])))
        for most in (1, 2, 5, 9):
            for low, high in pairwise(sorted(means(frozenset(numbers), most))):
                sides = nearest_means(numbers, most, float((low + high) / 2))
                assert bucket_gaps.gap_of_means(size, most) <= sides.high - sides.low <= high - low


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_the_compiler_s_steps_are_as_steep_as_the_lemma_asks(name):
    format_ = WeightFormat(name)
    for gap in (Fraction(1), Fraction(1, 3), Fraction(1, 40)):
        for low in (Fraction(0), Fraction(-3, 2), Fraction(1, 10)):
            high = low + gap
            made = step(0, low, high, max(abs(low), abs(high)), format_, place="two numbers")
            off = abs(made.bias - step_sharpness.bias(made.factor, low, high))
            assert off <= step_sharpness.room(made.factor, low, high)


@pytest.mark.parametrize("literals", [(1,), (0,), (1, 1), (1, 0, 1), (0, 0)], ids=str)
def test_the_compiler_s_conditions_are_the_lemma_s(literals):
    weights, bias = conjunction(
        tuple((column, bool(literal)) for column, literal in enumerate(literals))
    )
    assert weights == {
        column: float(snapping.WEIGHT if literal else -snapping.WEIGHT)
        for column, literal in enumerate(literals)
    }
    assert bias == float(snapping.bias(sum(literals)))


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_sums_are_taken_for_exact_only_where_the_lemma_says_so(name):
    format_ = FORMATS[name]
    quantum = format_.sum_tiny
    limit = grid.limit(format_.sum_precision, quantum)
    # Two bits of headroom are left, except where a product is alone.
    edge, more = Span(quantum, limit / 4), Span(quantum, quantum)
    assert sum_slack([edge], format_) == 0
    assert sum_slack([edge, more], format_) > 0
    assert sum_slack([Span(quantum, limit)], format_) == 0
    assert sum_slack([Span(quantum, limit + quantum)], format_) > 0
    assert sum_slack([Span(quantum / 2, quantum)], format_) > 0
    assert sum_slack([Span(None, Fraction(1))], format_) > 0


@pytest.mark.parametrize("name", FORMAT_NAMES)
@pytest.mark.parametrize("terms", [1, 3, 1000, 2**14])
def test_other_sums_are_off_by_the_lemma_s_bound(name, terms):
    format_ = FORMATS[name]
    # A product and a sum for each, which underflow by less than the smallest normal number.
    operations = 2 * terms + 1
    slack = sum_slack([Span(None, Fraction(1, terms))] * terms, format_)
    unit, tiny = format_.sum_rounding, format_.sum_tiny
    assert slack == error_growth.bound(operations, unit, Fraction(1), tiny)


def test_of_sums_that_are_too_long_nothing_is_said():
    class Long(list):
        def __len__(self) -> int:
            return 2**23

    with pytest.raises(FormatOverflowError, match="too many"):
        sum_slack(Long([Span(None, Fraction(1))]), FORMATS["float32"])


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_mixtures_are_stretched_by_no_less_than_the_lemma_says(name):
    format_, units = FORMATS[name], mixtures.UNITS[name]
    assert mixture_slack(1, format_) == mixture_slack(mixtures.MOST, format_) == mixtures.SLACK
    for bits in range(22):
        assert mixtures.stretch(2**bits, *units) <= mixture_slack(2**bits, format_)


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_the_longest_mixture_is_stretched_by_a_half_at_most_and_has_normal_weights(name):
    format_, units = FORMATS[name], mixtures.UNITS[name]
    longest = longest_mixture(format_)
    assert mixtures.stretch(longest, *units) <= LARGEST_SLACK
    assert Fraction(1, 8 * longest) >= format_.tiny
    # A longer one is stretched by more, or has weights that are too small.
    too_far = 4 * longest * units[0] >= 1 or mixtures.stretch(2 * longest, *units) > LARGEST_SLACK
    assert too_far or Fraction(1, 16 * longest) < format_.tiny


def test_of_mixtures_that_are_too_long_nothing_is_said():
    with pytest.raises(FormatOverflowError, match="too many for sums in float32"):
        mixture_slack(2**23, FORMATS["bfloat16"])


@pytest.mark.parametrize("name", FORMAT_NAMES)
@pytest.mark.parametrize("count", [2, 20, 2**14])
def test_means_are_off_by_at_most_what_the_verifier_allows(name, count):
    format_ = FORMATS[name]
    u, v = mixtures.UNITS[name]
    relative = (1 + mixtures.weight_error(u, v)) * (1 + error_growth.gamma(count, u)) * (1 + v) - 1
    assert averages._averaging_slack(Fraction(1), count, format_) >= relative


def test_what_the_compiler_carries_is_divided_by_a_power_of_two():
    program = alta.programs.parity_sum_mod_2(max_length=6)
    model = alta.compile(program, max_len=6)
    mlp, columns = model.weights.mlp, model.layout.columns
    carried = [column for head in program.heads for column in columns[head]]
    assert carried
    inward = np.asarray(mlp.expand_in)
    alone = ((inward != 0).sum(axis=0) == 1) & (np.asarray(mlp.expand_in_bias) == 0)
    for column in carried:
        factors = inward[column, alone & (inward[column] != 0)]
        assert len(factors)
        assert np.all(np.frexp(np.abs(factors))[0] == 0.5)
