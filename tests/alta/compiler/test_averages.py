"""The compiler's bounds on means hold of all that a format may compute."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from alta.compiler.averages import Averages
from alta.compiler.formats import WeightFormat
from alta.compiler.numbers import Numbers
from tests.alta.compiler.test_means import nearest_means
from tests.alta_verify.averaging import DTYPES, computed_means

VALUES = [(0, 1), (-1, 0), (0, 1024), (-1, 1), (-3, 0.5, 2), (0.25, 1, 3), (-0.7, 0.1, 1 / 3)]


def averages_of(values, dtype: str) -> Averages:
    """Averages of numbers, whose codes are what the format holds."""
    codes = tuple(Fraction(float(DTYPES[dtype](value))) for value in values)
    return Averages(Numbers(tuple(map(Fraction, values)), codes), WeightFormat.of(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("values", VALUES, ids=str)
def test_every_computed_mean_is_between_the_ends(dtype, values):
    rng, averages = random.Random(str((dtype, values))), averages_of(values, dtype)
    code = dict(zip(values, averages.numbers.codes, strict=True))
    for count in range(1, 41):
        for _ in range(8):
            chosen = rng.choices(values, k=count)
            total = sum(map(Fraction, chosen))
            low, high = averages.ends(count, total)
            assert low <= total / count <= high
            for mean in computed_means([float(code[unit]) for unit in chosen], dtype, rng, 2):
                assert low <= mean <= high


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_the_ends_are_computed_or_exact_where_codes_are_short(dtype):
    averages, rng = averages_of((0, 1), dtype), random.Random(0)
    wide = 0
    for count in range(1, 41):
        for units in range(count + 1):
            low, high = averages.ends(count, Fraction(units))
            chosen = [1.0] * units + [0.0] * (count - units)
            possible = {Fraction(units, count), *computed_means(chosen, dtype, rng)}
            # Only of a tie both neighbours are allowed for.
            wide += not {low, high} <= possible
    assert wide <= 41 * 40 // 2 // 4


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_sides_of_an_edge_are_the_worst_of_all_means(dtype):
    averages, longest, edge = averages_of((0, 1), dtype), 24, 5 / 24
    ends = [
        (Fraction(units, count), averages.ends(count, Fraction(units)))
        for count in range(1, longest + 1)
        for units in range(count + 1)
    ]
    sides = averages.sides(longest, edge)
    assert sides.low == max(high for mean, (_, high) in ends if float(mean) <= edge)
    assert sides.high == min(low for mean, (low, _) in ends if float(mean) > edge)
    exact = nearest_means(averages.numbers.values, longest, edge)
    assert exact.low <= sides.low
    assert sides.high <= exact.high
