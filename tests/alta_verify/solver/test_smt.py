"""z3 says yes, no or nothing, and leaves Ctrl-C to the process."""

from __future__ import annotations

import signal
from itertools import combinations

import z3

from alta_verify.deadline import Deadline, SolverCalls
from alta_verify.solver.smt import SmtSolver, solver_versions
from tests.alta_verify.solver.interrupting import interrupted_meanwhile


def test_control_c_reaches_the_handler_that_is_set_and_not_the_solver() -> None:
    question = SmtSolver(calls=SolverCalls(), deadline=Deadline.after(1.5))
    # Twelve holes are too few for thirteen pigeons, which takes z3 hours to see.
    sits = [[z3.Bool(f"{p} {h}", question.context) for h in range(12)] for p in range(13)]
    question.add(*map(z3.Or, sits))
    for hole in zip(*sits, strict=True):
        question.add(*(z3.Not(z3.And(*pair)) for pair in combinations(hole, 2)))
    with interrupted_meanwhile() as heard:
        answer = question.ask()
    assert answer.satisfiable is None
    assert heard == [signal.SIGINT]


def test_every_question_is_counted_and_answered_under_its_assumptions() -> None:
    calls = SolverCalls()
    question = SmtSolver(calls=calls, deadline=Deadline.after(None))
    p = z3.Bool("p", question.context)
    question.add(p)
    assert question.ask().satisfiable is True
    assert question.ask([z3.Not(p)]).satisfiable is False
    assert (calls.smt, calls.sat) == (2, 0)


def test_a_deadline_that_has_passed_or_an_error_says_nothing(monkeypatch) -> None:
    late = SmtSolver(calls=SolverCalls(), deadline=Deadline.after(0)).ask()
    assert (late.satisfiable, late.reason) == (None, "out of time")
    question = SmtSolver(calls=SolverCalls(), deadline=Deadline.after(None))

    def fail(*_: object) -> None:
        raise z3.Z3Exception("broken")

    monkeypatch.setattr(z3.Solver, "check", fail)
    broken = question.ask()
    assert (broken.satisfiable, broken.reason) == (None, "z3 failed: broken")


def test_the_versions_are_those_that_run() -> None:
    assert set(solver_versions()) == {"z3", "pysat"}
    assert all(solver_versions().values())
