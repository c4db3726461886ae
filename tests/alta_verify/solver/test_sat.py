"""The SAT solver's answers are right, and giving up is never one of them."""

import itertools
import math
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta_verify.deadline import Deadline
from alta_verify.solver.sat import SatSolver
from tests.alta_verify.solver.interrupting import interrupted_meanwhile

VARIABLES = 5

literals = st.integers(1, VARIABLES).flatmap(lambda v: st.sampled_from([v, -v]))
clauses = st.lists(literals, max_size=4)
questions = st.lists(st.tuples(st.lists(clauses, max_size=6), st.lists(literals, max_size=3)))


def holds(literal: int, model: tuple[bool, ...]) -> bool:
    return model[abs(literal) - 1] == (literal > 0)


def pigeons(solver: SatSolver, holes: int) -> None:
    """One pigeon more than holes: unsatisfiable, and hard for clause learning."""
    sits = [[solver.new_variable() for _ in range(holes)] for _ in range(holes + 1)]
    for pigeon in sits:
        solver.add_clause(pigeon)
    for one, other in itertools.combinations(sits, 2):
        for a, b in zip(one, other, strict=True):
            solver.add_clause([-a, -b])


@given(questions, st.sampled_from([None, math.inf, 60.0]))
def test_every_answer_agrees_with_the_truth_table(steps, seconds) -> None:
    limit = None if seconds is None else Deadline.after(seconds)
    solver = SatSolver()
    for _ in range(VARIABLES):
        solver.new_variable()
    required: list[list[int]] = []
    for added, assumptions in steps:
        for clause in added:
            solver.add_clause(clause)
        required += added
        models = [
            model
            for model in itertools.product((False, True), repeat=VARIABLES)
            if all(any(holds(x, model) for x in clause) for clause in required)
            and all(holds(x, model) for x in assumptions)
        ]
        answer = solver.solve(assumptions, deadline=limit)
        assert answer is bool(models)
        if answer:
            assert tuple(solver.model_value(v + 1) for v in range(VARIABLES)) in models


@pytest.mark.parametrize("conflicts", [0, 1, 50])
def test_an_exhausted_budget_gives_up(conflicts: int) -> None:
    solver = SatSolver()
    pigeons(solver, 10)
    assert solver.solve([], conflicts=conflicts) is None


def test_the_same_question_is_refuted_within_a_larger_budget() -> None:
    solver = SatSolver()
    pigeons(solver, 7)
    assert solver.solve([], conflicts=1) is None
    assert solver.solve([]) is False


def test_an_expired_deadline_gives_up_even_on_an_easy_question() -> None:
    solver = SatSolver()
    solver.add_clause([solver.new_variable()])
    assert solver.solve([], deadline=Deadline.after(0)) is None
    assert solver.solve([], deadline=Deadline.after(None)) is True


def test_a_deadline_stops_a_search_under_way() -> None:
    solver = SatSolver()
    pigeons(solver, 12)
    limit = Deadline.after(0.1)
    assert solver.solve([], deadline=limit) is None
    assert limit.expired


@pytest.mark.parametrize("answer", [None, 0, 1, "", "True", [True]])
def test_nothing_but_a_boolean_becomes_a_verdict(monkeypatch, answer: object) -> None:
    solver = SatSolver()
    solver.add_clause([solver.new_variable()])
    monkeypatch.setattr(solver._solver, "solve_limited", lambda **_: answer)
    assert solver.solve([]) is None
    assert solver.solve([], conflicts=10) is None
    with pytest.raises(RuntimeError, match="no model"):
        solver.model_value(1)


@pytest.mark.parametrize("answer", [None, math.nan, "unknown"], ids=str)
def test_a_solver_that_does_nothing_is_not_asked_for_ever(monkeypatch, answer: object) -> None:
    monkeypatch.setattr(SatSolver, "_search", lambda solver, assumptions: answer)
    solver = SatSolver()
    solver.add_clause([solver.new_variable()])
    assert solver.solve([], deadline=Deadline.after(None)) is None


def test_an_exception_of_the_solver_is_passed_on(monkeypatch) -> None:
    def fail(**_: object) -> bool:
        raise MemoryError("full")

    solver = SatSolver()
    monkeypatch.setattr(solver._solver, "solve_limited", fail)
    with pytest.raises(MemoryError, match="full"):
        solver.solve([])


def test_control_c_reaches_the_handler_that_is_set_and_not_the_solver() -> None:
    solver = SatSolver()
    with interrupted_meanwhile() as heard:
        pigeons(solver, 9)
        while not heard:
            solver.solve([], conflicts=2000, deadline=Deadline.after(60))
    assert heard == [signal.SIGINT]


def test_a_model_is_void_once_the_clauses_have_changed() -> None:
    solver = SatSolver()
    a = solver.new_variable()
    solver.add_clause([a])
    with pytest.raises(RuntimeError, match="no model"):
        solver.model_value(a)
    assert solver.solve([]) is True
    assert solver.model_value(a) is True
    solver.add_clause([a, -a])
    with pytest.raises(RuntimeError, match="no model"):
        solver.model_value(a)


def test_before_any_question_there_is_no_model() -> None:
    solver = SatSolver()
    a = solver.new_variable()
    with pytest.raises(RuntimeError, match="Expected the last answer to be True"):
        solver.model_value(a)


def test_a_refuted_question_leaves_no_model() -> None:
    solver = SatSolver()
    a = solver.new_variable()
    assert solver.solve([a]) is True
    assert solver.solve([a, -a]) is False
    with pytest.raises(RuntimeError, match="no model"):
        solver.model_value(a)


def test_a_variable_that_nothing_mentions_has_a_value() -> None:
    solver = SatSolver()
    a = solver.new_variable()
    assert solver.solve([]) is True
    assert solver.model_value(a) in (True, False)


@pytest.mark.parametrize("literal", [0, 2, -2])
def test_a_literal_over_an_unknown_variable_is_refused(literal: int) -> None:
    solver = SatSolver()
    solver.new_variable()
    with pytest.raises(ValueError, match="variables 1 to 1"):
        solver.add_clause([literal])
    with pytest.raises(ValueError, match="variables 1 to 1"):
        solver.solve([literal])


def test_a_negative_budget_is_refused() -> None:
    # PySAT would read it as no limit at all.
    solver = SatSolver()
    with pytest.raises(ValueError, match="conflicts=-1"):
        solver.solve([], conflicts=-1)


def test_a_deadline_expires_when_its_time_has_come() -> None:
    never, now, later = Deadline.after(None), Deadline.after(0), Deadline.after(60)
    assert (never.expired, now.expired, later.expired) == (False, True, False)
    assert never.remaining == math.inf
    assert now.remaining == 0
    assert 0 < later.remaining <= 60


def test_a_deadline_that_would_never_expire_by_accident_is_refused() -> None:
    with pytest.raises(ValueError, match="nan"):
        Deadline.after(math.nan)
