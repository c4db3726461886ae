"""Terms fold where they are constant, and say of a local state what is so."""

from __future__ import annotations

from fractions import Fraction

import pytest
import z3

from alta_verify.arithmetic.interval import Interval, point
from alta_verify.deadline import Deadline, SolverCalls
from alta_verify.encode.linear import Linear
from alta_verify.solver.smt import SmtSolver
from alta_verify.solver.terms import Formulas, Terms
from alta_verify.universal import Empty

CUBES = [
    {"a": frozenset({0, 2}), "b": frozenset({1})},
    {"a": frozenset({1}), "b": frozenset({1})},
]


def terms(cubes=CUBES) -> tuple[SmtSolver, Terms]:
    solver = SmtSolver(calls=SolverCalls(), deadline=Deadline.after(None))
    return solver, Terms(solver, cubes)


def test_conjunctions_and_disjunctions_fold():
    context = z3.Context()
    formulas = Formulas(context)
    true, false, p = formulas.true, formulas.false, z3.Bool("p", context)
    assert formulas.conj([]) is true
    assert formulas.disj([]) is false
    assert formulas.conj([true, p, true]) is p
    assert formulas.disj([false, p]) is p
    assert formulas.conj([p, false]) is false
    assert formulas.disj([p, true]) is true
    assert formulas.neg(true) is false
    assert formulas.neg(false) is true
    assert str(formulas.neg(p)) == "Not(p)"
    assert str(formulas.conj([p, p])) == "And(p, p)"


def test_a_name_has_exactly_one_of_its_values():
    solver, made = terms()
    bits = made.bits_of("a")
    assert list(bits) == [0, 1, 2]
    assert made.bits_of("b")[1] is made.formulas.true
    for value, bit in bits.items():
        assert solver.ask([bit]).satisfiable is True
        assert (
            solver.ask([bit, made.has_one_of("a", frozenset({0, 1, 2} - {value}))]).satisfiable
            is False
        )
    assert solver.ask([made.formulas.neg(made.formulas.disj(bits.values()))]).satisfiable is False


def test_values_that_never_occur_are_false_and_all_values_are_true():
    _, made = terms()
    assert made.has("a", 7) is made.formulas.false
    assert made.has_one_of("a", frozenset({7})) is made.formulas.false
    assert made.has_one_of("a", frozenset({0, 1, 2, 7})) is made.formulas.true


def test_a_name_without_values_is_no_name():
    _, made = terms([{"a": frozenset()}])
    with pytest.raises(Empty, match="values of a"):
        made.bits_of("a")


@pytest.mark.parametrize(("low", "high", "outside"), [(0, 3, []), (0, 2, [2]), (1, 2, [0, 2])])
def test_a_sum_is_outside_of_an_interval_where_it_is(low, high, outside):
    solver, made = terms()
    table = {value: point(Fraction(amount)) for value, amount in {0: 0, 1: 1, 2: 3}.items()}
    leaving = made.outside(Linear(tables={"a": table}), Interval(Fraction(low), Fraction(high)))
    leaves = made.formulas.disj(leaving)
    for value, bit in made.bits_of("a").items():
        assert solver.ask([bit, leaves]).satisfiable is (value in outside)
