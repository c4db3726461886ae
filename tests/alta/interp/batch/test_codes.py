"""Values have small numbers, and means are exact and rounded once."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import alta
from alta.interp.batch.codes import UNDEFINED_CODE, Codes, Means, Numbers
from alta.interp.step import mean
from tests.alta.lang.toys import toy


def test_values_have_codes_and_codes_have_the_indices_that_rules_test():
    subsets = alta.set_var(2, values=[{0}, {0, 1}], default={0})
    program = toy(variables={"s": subsets, "n": alta.numeric_var([0.0, 1.0])})
    codes = Codes(program)
    assert [codes.code("n", number) for number in (0.7, 0.2, 0.7)] == [0, 1, 0]
    assert codes.values("n", [1, 0, -1]) == (0.2, 0.7, alta.UNDEFINED)
    assert codes.indices("n", np.array([0, 1, UNDEFINED_CODE])).tolist() == [1, 0, -1]
    assert codes.code("s", frozenset({0, 1})) == 1
    assert codes.value("s", 1) == frozenset({0, 1})
    assert codes.values("x", [2, 0]) == (2, 0)


def means_of(floats, chosen):
    """Returns the means of some of the floats, by the sums of their limbs."""
    number = alta.numeric_var([0.0])
    summands, means = Numbers(number), Numbers(number)
    codes = [[summands.code(floats[place]) for place in places] for places in chosen]
    table = Means(summands, means)
    sums = [np.array([limb[row].sum() for row in codes]) for limb in table.limbs()]
    mean_codes = table.codes(np.array([len(row) for row in codes]), sums).tolist()
    return [None if code == -1 else means.floats[code] for code in mean_codes]


numbers = st.floats(allow_nan=False, allow_infinity=False).map(lambda value: value + 0.0)


@given(st.lists(numbers, min_size=1, max_size=5), st.data())
def test_sums_of_limbs_give_the_mean_of_the_definition(floats, data):
    places = st.lists(st.integers(0, len(floats) - 1), min_size=1, max_size=9)
    chosen = data.draw(st.lists(places, min_size=1, max_size=4))
    expected = [mean([floats[place] for place in summands_chosen]) for summands_chosen in chosen]
    assert means_of(floats, chosen) == expected


def test_a_mean_is_rounded_once():
    floats = [0.1, 0.2, 0.3]
    (mean_codes,) = means_of(floats, [[0, 1, 2]])
    assert mean_codes == float(sum(map(Fraction, floats)) / 3)
    assert mean_codes != sum(floats) / 3


def test_the_mean_of_nothing_is_undefined():
    assert means_of([1.0], [[], [0]]) == [None, 1.0]
