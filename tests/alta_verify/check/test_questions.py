"""Questions are settled exactly if no state of theirs is wrong: all states are gone through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
import z3
from hypothesis import example, given
from hypothesis import strategies as st

from alta_verify.check import questions
from alta_verify.check.numbers import ALWAYS_ZERO, point
from alta_verify.check.program import Rule, bits_of, indices
from alta_verify.check.questions import Question
from alta_verify.check.refused import Refused
from alta_verify.check.smtlib import premises, smtlib
from alta_verify.check.sums import Sum, Unit
from tests.alta_verify.check.test_two_readings import value_of

VALUES = {"v": (0, 1, 2), "a": (0, 1), "h": (-1, 0, 1)}

State = Mapping[str, int]


def states(question: Question) -> Iterator[State]:
    """All states of its rows."""
    for row in question.rows:
        for values in product(*(list(indices(mask)) for mask in row.values())):
            yield dict(zip(row, values, strict=True))


def holds(pattern: Mapping[str, int], state: State) -> bool:
    return all(mask >> (state[name] + 1) & 1 for name, mask in pattern.items())


def is_asked(question: Question, state: State) -> bool:
    for rule in question.rules:
        weak = {name: mask | 1 for name, mask in rule.tests.items()}
        if holds(weak, state) and any(state[name] == -1 for name in rule.tests):
            return False
        if rule.value is None and holds(rule.tests, state):
            return False
    if sum(holds(rule.tests, state) for rule in question.rules) > 1:
        return False
    return not any(holds(pattern, state) for pattern in question.absent)


def is_wrong(question: Question, state: State) -> bool:
    if not is_asked(question, state):
        return False
    fired = [rule.value for rule in question.rules if holds(rule.tests, state)]
    value = fired[0] if fired else state[question.variable]
    return not all(
        value_of(one, state).within(code)
        for one, code in zip(question.after, question.codes[value], strict=True)
    )


# --- questions, made up ---------------------------------------------------------------------------

amounts = st.sampled_from([Fraction(n, 2) for n in (-2, -1, 0, 0, 0, 1, 2)])
slacks = st.sampled_from([Fraction(0), Fraction(0), Fraction(1, 4)])
intervals = st.builds(lambda a, slack: point(a).widened(slack), amounts, slacks)


def masks(name: str, least: int = 1) -> st.SearchStrategy[int]:
    return st.sets(st.sampled_from(VALUES[name]), min_size=least).map(bits_of)


def some(of, **options):
    """For some names, what the strategies of each give."""
    return st.fixed_dictionaries({}, optional={name: of(name) for name in VALUES}, **options)


def tables(name: str):
    return st.fixed_dictionaries(dict.fromkeys(VALUES[name], intervals))


sums = st.recursive(
    st.builds(Sum, intervals, some(tables)),
    lambda inner: st.builds(
        lambda constant, own, units: Sum(
            constant, own, {Unit(one, ALWAYS_ZERO): weight for one, weight in units if weight}
        ),
        intervals,
        some(tables),
        st.lists(st.tuples(inner, amounts), max_size=2),
    ),
    max_leaves=4,
)

rules = st.builds(
    lambda tests, value: Rule(tests, "v", value, "a rule"),
    some(lambda name: masks(name, 0).map(lambda mask: mask & ~1)),
    st.sampled_from([0, 1, 2, None]),
)

codes = st.sampled_from([Fraction(0), Fraction(1), Fraction(2)]).map(
    lambda radius: {value: [point(Fraction(value)).widened(radius)] for value in VALUES["v"]}
)


rows = st.fixed_dictionaries({name: masks(name) for name in VALUES})


@st.composite
def made_up(draw) -> Question:
    # Some coordinates are nearly right, so that it matters where they are not.
    base = draw(sums)
    keeping = draw(st.booleans())
    if keeping:
        own = {value: point(Fraction(value)) for value in VALUES["v"]}
        base = replace(base, tables={**base.tables, "v": own})
    return Question(
        "v",
        tuple(draw(st.lists(rows, min_size=1, max_size=2))),
        tuple(draw(st.lists(rules, max_size=3))),
        (base,),
        draw(codes),
        tuple(draw(st.lists(some(masks).filter(bool), max_size=2))),
    )


ALWAYS_0 = Sum()


def asking(*rules: Rule, after: Sum = ALWAYS_0, **row: tuple[int, ...]) -> Question:
    """Asks about some values of each name; all others have all of theirs."""
    own = {name: bits_of(row.get(name, values)) for name, values in VALUES.items()}
    right = {value: [point(Fraction(value))] for value in VALUES["v"]}
    return Question("v", (own,), rules, (after,), right)


def assigning(value: int, **tests: int) -> Rule:
    masks = {name: bits_of([index]) for name, index in tests.items()}
    return Rule(masks, "v", value, "a rule")


def one_of(name: str, *amounts: int) -> Sum:
    table = {index: point(Fraction(n)) for index, n in zip(VALUES[name], amounts, strict=True)}
    return Sum(tables={name: table})


KEPT = one_of("v", 0, 1, 2).tables

TAKEN_AWAY = {Unit(one_of("a", 0, 1), ALWAYS_ZERO): Fraction(sign) for sign in (1, -1)}


@given(made_up())
# What is read of UNDEFINED is not asked about, though no rule tells it from what is.
@example(asking(assigning(0, h=1), h=(-1, 0)))
# Two rules that fire together are not asked about either.
@example(asking(assigning(1), assigning(2)))
# That two units cancel is seen value by value of what only they read.
@example(asking(after=Sum(tables=KEPT, units=TAKEN_AWAY)))
def test_a_question_is_settled_exactly_if_no_state_is_wrong(question):
    wrong = [state for state in states(question) if is_wrong(question, state)]
    found = question.decide()
    assert (found is None) == (not wrong)
    assert found is None or is_wrong(question, found)


@given(made_up())
# All states are excluded: by a pattern, by a trap, by a conflict, by what is read.
@example(replace(asking(), absent=({},)))
@example(asking(Rule({}, "v", None, "a trap")))
@example(asking(assigning(1), assigning(2)))
@example(asking(assigning(1, h=0), h=(-1,)))
def test_a_question_has_a_witness_exactly_if_a_state_is_asked_about(question):
    asked = [state for state in states(question) if is_asked(question, state)]
    witness = question.witness()
    assert (witness is None) == (not asked)
    assert witness is None or is_asked(question, witness)
    solver = z3.SolverFor("QF_LRA")
    solver.from_string(premises(question))
    assert (solver.check() == z3.sat) == bool(asked)


def test_a_question_about_no_states_is_refused():
    with pytest.raises(Refused, match="there are no states in which v could be wrong"):
        replace(asking(), rows=())


@pytest.mark.parametrize("size", [0, 3, 192])
@given(question=made_up())
def test_parts_have_all_wrong_states_and_a_solver_finds_those_only(size, question):
    wrong = any(is_wrong(question, state) for state in states(question))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(questions, "_PARTS", size)
        parts = list(question.parts())
    for part in parts:
        assert all(is_wrong(part, one) <= is_wrong(question, one) for one in states(part))
    assert any(part.decide() is not None for part in parts) == wrong
    answers = []
    for part in parts:
        solver = z3.SolverFor("QF_LRA")
        solver.from_string(smtlib(part))
        answers.append(solver.check() == z3.sat)
    assert any(answers) == wrong


def test_a_question_of_no_more_than_so_many_rules_and_units_stays_whole():
    unit = Unit(Sum(tables={"a": {0: point(Fraction(0)), 1: point(Fraction(1))}}), ALWAYS_ZERO)
    question = Question(
        "v",
        ({name: bits_of(values) for name, values in VALUES.items()},),
        (Rule({"a": bits_of([1])}, "v", 0, "a rule"),),
        (Sum(units={unit: Fraction(1)}),),
        {value: [point(Fraction(value))] for value in VALUES["v"]},
    )
    with pytest.MonkeyPatch.context() as patch:
        for size, several in ((2, False), (1, True)):
            patch.setattr(questions, "_PARTS", size)
            assert (len(list(question.parts())) > 1) == several


@given(made_up())
def test_units_come_after_those_that_they_read(question):
    order = {unit: place for place, unit in enumerate(question.units)}
    for unit, place in order.items():
        assert all(order[inner] < place for inner in unit.inside.units)
    assert set(question.names) >= {"v"} | set().union(*(rule.tests for rule in question.rules))
