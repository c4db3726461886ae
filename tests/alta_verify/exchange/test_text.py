"""Queries are read by other readers, and bounds that are no decimals are rounded outward."""

from __future__ import annotations

from fractions import Fraction

import pytest
import z3

from alta_verify.exchange.text import MARGIN, version_1, version_2
from alta_verify.exchange.transitions import Group

ZERO, ONE, THIRD = Fraction(0), Fraction(1), Fraction(1, 3)

TWO = Group(
    "1",
    [((ZERO, ZERO), (ONE, ONE)), ((ONE, ONE), (THIRD, THIRD))],
    ((ZERO, ZERO),),
)


def solved(text, *claims):
    solver = z3.Solver()
    solver.add(z3.parse_smt2_string(text))
    solver.add(*claims)
    return str(solver.check())


def test_an_input_is_in_one_of_the_boxes_and_the_output_out_of_its_own():
    text = version_1(TWO, ["a comment"])
    first, second, output = z3.Reals("X_0 X_1 Y_0")
    assert text.startswith("; a comment\n")
    assert solved(text, first == 0, second == 1, output == 1) == "sat"
    assert solved(text, first == 1, second == z3.Q(1, 3), output == -1) == "sat"
    assert solved(text, first == 0, second == z3.Q(1, 3)) == "unsat"
    assert solved(text, first == 1, second == z3.Q(1, 2)) == "unsat"
    assert solved(text, output == z3.Q(MARGIN.numerator, 2 * MARGIN.denominator)) == "unsat"
    assert solved(text, output == -z3.Q(MARGIN.numerator, MARGIN.denominator)) == "sat"


def test_of_one_box_its_bounds_are_asserted_one_by_one():
    text = version_1(Group("0", TWO.states[:1], TWO.after), [])
    assert text.count("assert") == 5
    assert "(and" not in text


@pytest.mark.campaign
def test_version_2_is_read_by_its_own_parser():
    vnnlib = pytest.importorskip("vnnlib", reason="the extra vnnlib is not installed")
    query = vnnlib.parse_query_string(version_2(TWO, ["a comment"], "float32"))
    assert len(query.networks) == 1
    assert len(query.assertions) == 2
    with pytest.raises(vnnlib.VNNLibException):
        vnnlib.parse_query_string(version_2(TWO, [], "float32").replace("X[0, 1]", "X[0, 9]"))
