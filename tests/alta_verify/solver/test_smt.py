"""z3 leaves Ctrl-C to the process."""

from __future__ import annotations

import signal
from itertools import combinations

import z3

from alta_verify.deadline import Deadline, SolverCalls
from alta_verify.solver.smt import SmtSolver
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
