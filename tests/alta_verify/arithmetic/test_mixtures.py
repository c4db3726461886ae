"""Mixtures of more values are stretched by more, and of too many nothing is said."""

from __future__ import annotations

from fractions import Fraction

import pytest

from alta_verify.arithmetic.formats import FORMATS, FormatOverflowError
from alta_verify.arithmetic.mixtures import LARGEST_SLACK, longest_mixture, mixture_slack


@pytest.mark.parametrize("name", FORMATS)
def test_the_slack_is_a_power_of_two_and_grows(name):
    slacks = [mixture_slack(2**bits, FORMATS[name]) for bits in range(22)]
    assert slacks == sorted(slacks)
    assert slacks[0] == Fraction(1, 64)
    assert all(Fraction(1).numerator == slack.numerator for slack in slacks)
    assert {slack.denominator & (slack.denominator - 1) for slack in slacks} == {0}


@pytest.mark.parametrize(
    ("name", "bits"), [("float32", 21), ("bfloat16", 21), ("float16", 11), ("float64", 50)]
)
def test_the_longest_mixture_has_a_slack_that_is_not_too_large(name, bits):
    format_ = FORMATS[name]
    assert longest_mixture(format_) == 2**bits
    assert mixture_slack(2**bits, format_) <= LARGEST_SLACK


def test_of_too_many_values_nothing_is_said():
    with pytest.raises(FormatOverflowError, match="one of too many for sums in float32"):
        mixture_slack(2**23, FORMATS["float32"])
