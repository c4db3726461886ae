"""Failing local states are found exactly where there are some: all are gone through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alta.lang.rules import Rule, rule
from alta_verify.arithmetic.interval import Interval, point
from alta_verify.deadline import Deadline, SolverCalls
from alta_verify.encode import gates
from alta_verify.encode.linear import ClippedUnit, Linear, evaluate
from alta_verify.solver.query import FailingState, MlpQuery

VALUES = {"v": (0, 1, 2), "a": (0, 1), "h": (-1, 0, 1)}

TRAP = 3
"""A value that the variable cannot have."""

State = Mapping[str, int]


def query(rows: Sequence[Mapping[str, frozenset[int]]]) -> MlpQuery:
    program = SimpleNamespace(is_trap=lambda one: one.value == TRAP)
    return MlpQuery(program, rows, calls=SolverCalls(), deadline=Deadline.after(None))


def found(asked: MlpQuery) -> list[State]:
    """All failing local states, over the names that matter."""
    states = []
    answer = asked.search()
    while isinstance(answer, FailingState):
        states.append(answer.local)
        asked.block(answer)
        answer = asked.next()
    assert answer.satisfiable is False
    return states


def local_states(rows: Sequence[Mapping[str, frozenset[int]]]) -> list[State]:
    return [
        dict(zip(row, values, strict=True)) for row in rows for values in product(*row.values())
    ]


def projected(states: Sequence[State], names: Sequence[str]) -> set[tuple[int, ...]]:
    return {tuple(state[name] for name in names) for state in states}


# --- questions, made up ---------------------------------------------------------------------------

amounts = st.sampled_from([Fraction(n, 2) for n in (-3, -2, -1, 0, 0, 1, 2, 3)])
widths = st.sampled_from([Fraction(0), Fraction(0), Fraction(1, 2), Fraction(1)])
intervals = st.builds(lambda low, width: Interval(low, low + width), amounts, widths)


def some(of):
    return st.fixed_dictionaries({}, optional={name: of(name) for name in VALUES})


def tables(name: str):
    return st.fixed_dictionaries(dict.fromkeys(VALUES[name], intervals))


sums = st.recursive(
    st.builds(Linear, intervals, some(tables)),
    lambda inner: st.builds(
        lambda constant, own, units: Linear(
            constant, own, {}, tuple((weight, ClippedUnit(one)) for one, weight in units if weight)
        ),
        intervals,
        some(tables),
        st.lists(st.tuples(inner, amounts), max_size=2),
    ),
    max_leaves=4,
)

cubes = st.lists(
    st.fixed_dictionaries(
        {
            name: st.sets(st.sampled_from(values), min_size=1).map(frozenset)
            for name, values in VALUES.items()
        }
    ),
    min_size=1,
    max_size=2,
)

EVERYWHERE = [{name: frozenset(values) for name, values in VALUES.items()}]

sizes = pytest.mark.parametrize("size", [0, 4096], ids=["arithmetic", "diagrams"])
"""How large diagrams may be: without them, everything is asked in linear arithmetic."""


def one_of(name: str, *amounts: float) -> Linear:
    table = zip(VALUES[name], amounts, strict=True)
    return Linear(tables={name: {value: point(Fraction(n)) for value, n in table}})


# A clipped sum of whole numbers is 0 or 1, and where it is 1 has to be told by arithmetic.
TOLD = Linear(units=((Fraction(1), ClippedUnit(one_of("a", 0, 1))),))


@sizes
@given(rows=cubes, asked=st.lists(st.tuples(sums, intervals), min_size=1, max_size=2))
@example(rows=EVERYWHERE, asked=[(TOLD, point(0))])
@example(rows=EVERYWHERE, asked=[(one_of("a", 0, 1), point(0)), (one_of("h", 0, 1, 2), point(2))])
@example(rows=EVERYWHERE, asked=[(Linear(Interval(Fraction(0), Fraction(1))), point(0))])
def test_sums_leave_their_intervals_exactly_in_the_states_that_are_found(size, rows, asked):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gates, "_LARGEST", size)
        mine = query(rows)
        mine.expect_within(asked)
        have = found(mine)
    wrong = [
        state
        for state in local_states(rows)
        if not all(evaluate(one, state).within(wanted) for one, wanted in asked)
    ]
    assert mine.satisfiable
    assert projected(have, mine.names) == projected(wrong, mine.names)
    assert bool(have) == bool(wrong)


rules = st.builds(
    lambda tests, value: rule(tests, "v", value),
    some(lambda name: st.sampled_from([value for value in VALUES[name] if value >= 0])),
    st.integers(0, TRAP),
)


def is_asked(own: Sequence[Rule], state: State) -> bool:
    """Whether the rules have one effect, and that is known: nothing else is a next state."""
    for one in own:
        open_ = all(state[atom.variable] in {atom.value, -1} for atom in one.atoms)
        if open_ and any(state[atom.variable] == -1 for atom in one.atoms):
            return False
        if one.value == TRAP and one.fires(state):
            return False
    return not any(
        one.fires(state) and other.fires(state)
        for one, other in combinations(own, 2)
        if not one.excludes(other)
    )


KEPT = one_of("v", 0, 1, 2)


@sizes
@given(
    rows=cubes,
    own=st.lists(rules, max_size=3),
    after=st.lists(sums | st.just(KEPT), min_size=1, max_size=2),
    radius=st.sampled_from([Fraction(0), Fraction(1)]),
)
@example(rows=EVERYWHERE, own=[rule({"a": 1}, "v", 2)], after=[KEPT], radius=Fraction(0))
@example(rows=EVERYWHERE, own=[rule({"h": 1}, "v", 2)], after=[TOLD], radius=Fraction(1))
def test_a_variable_leaves_its_codes_exactly_in_the_states_that_are_found(
    size, rows, own, after, radius
):
    codes = {value: (point(value).widened(radius),) * len(after) for value in VALUES["v"]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gates, "_LARGEST", size)
        mine = query(rows)
        mine.expect_variable("v", own, after, codes)
        have = found(mine)
    asked = [state for state in local_states(rows) if is_asked(own, state)]
    wrong = []
    for state in asked:
        value = next((one.value for one in own if one.fires(state)), state["v"])
        if not all(
            evaluate(one, state).within(code) for one, code in zip(after, codes[value], strict=True)
        ):
            wrong.append(state)
    assert mine.satisfiable == bool(asked)
    assert projected(have, mine.names) == projected(wrong, mine.names)
    assert bool(have) == bool(wrong)
