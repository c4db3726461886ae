"""Means: what lies nearest to an edge, compared with all means there are."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations_with_replacement

import pytest

from alta.compiler import means
from alta.compiler.means import Averages, Sides, near_sums, nearest_values
from alta.compiler.numbers import Numbers, WeightFormat
from tests.alta_verify.averaging import DTYPES, computed_means


def all_means(values, terms):
    return {
        Fraction(sum(chosen), count)
        for count in range(1, terms + 1)
        for chosen in combinations_with_replacement(values, count)
    }


def sides(possible, edge):
    low = [mean for mean in possible if float(mean) <= edge]
    high = [mean for mean in possible if float(mean) > edge]
    return Sides(max(low, default=None), min(high, default=None))


def nearest_means(values, longest, edge):
    """Returns the sides among the means of up to so many numbers, rounded to floats."""
    low, high = near_sums(values, longest, edge, Fraction(0))
    return Sides(
        max((total / count for count, total in low), default=None),
        min((total / count for count, total in high), default=None),
    )


CASES = {
    "0 and 1": ([0, 1], 9),
    "two integers": ([-3, 4], 7),
    "two odd floats": ([0.1, 0.7], 6),
    "three integers": ([0, 1, 5], 5),
    "four odd floats": ([-0.3, 0.1, 0.2, 1.7], 4),
    "numbers far apart": ([0, 1e-3, 1000], 4),
}


@pytest.mark.parametrize(("values", "terms"), CASES.values(), ids=CASES)
def test_the_nearest_means_are_those_of_all_means(values, terms):
    exact = [Fraction(value) for value in values]
    possible = all_means(exact, terms)
    rng = random.Random(0)
    edges = [rng.uniform(min(values) - 0.5, max(values) + 0.5) for _ in range(40)]
    # Edges that are means themselves: the low side holds them.
    edges += [float(mean) for mean in sorted(possible)[::5]]
    for edge in edges:
        assert nearest_means(exact, terms, edge) == sides(possible, edge)


@pytest.mark.parametrize("terms", [1, 2, 10, 200])
def test_a_share_of_ones_is_told_from_the_next_by_the_gap_of_the_two(terms):
    edge = (1 / terms + 1 / (terms + 1)) / 2
    nearest = nearest_means([Fraction(0), Fraction(1)], terms + 1, edge)
    assert nearest == Sides(Fraction(1, terms + 1), Fraction(1, terms))
    assert nearest.high - nearest.low == Fraction(1, terms * (terms + 1))


def test_too_many_sums_are_taken_to_fill_their_lattice(monkeypatch):
    values = [Fraction(value) for value in (0, 3, 5)]
    exact = nearest_means(values, 4, 1.1)
    assert exact == sides(all_means(values, 4), 1.1)
    monkeypatch.setattr(means, "_SUMS", 10)
    wider = nearest_means(values, 4, 1.1)
    assert exact.low <= wider.low <= Fraction(11, 10) < wider.high <= exact.high
    assert wider == Sides(Fraction(1), Fraction(5, 4))


def test_one_number_is_its_only_mean():
    assert nearest_means([Fraction(7)], 10**9, 6.5) == Sides(None, Fraction(7))
    assert nearest_means([Fraction(7)], 10**9, 7.0) == Sides(Fraction(7), None)


def test_a_mean_that_only_rounds_to_the_edge_is_on_the_low_side():
    # The mean of the two is exactly between them, and the nearest float is the upper one or not.
    below, above = 1.0, 1.0 + 2**-52
    mean = (Fraction(below) + Fraction(above)) / 2
    assert float(mean) == below
    assert nearest_means([Fraction(below), Fraction(above)], 2, below) == Sides(
        mean, Fraction(above)
    )


def test_a_number_at_the_edge_is_on_the_low_side():
    values = [Fraction(value) for value in (-2, 0, 3)]
    assert nearest_values(values, 0.0) == Sides(Fraction(0), Fraction(3))
    assert nearest_values(values, -0.5) == Sides(Fraction(-2), Fraction(0))
    assert nearest_values(values, -3) == Sides(None, Fraction(-2))
    assert nearest_values(values, 5) == Sides(Fraction(3), None)


VALUES = [(0, 1), (-1, 0), (0, 1024), (-1, 1), (-3, 0.5, 2), (0.25, 1, 3), (-0.7, 0.1, 1 / 3)]


def averages_of(values, dtype: str) -> Averages:
    """Averages of numbers, whose codes are what the format holds."""
    codes = tuple(Fraction(float(DTYPES[dtype](value))) for value in values)
    return Averages(Numbers(tuple(map(Fraction, values)), codes), WeightFormat(dtype))


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
