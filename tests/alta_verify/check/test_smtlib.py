"""A solver finds in the script of a question exactly what the checker finds."""

from __future__ import annotations

from collections import Counter

import pytest
import z3

import alta
from alta_verify.check.refused import Refused
from alta_verify.check.smtlib import smtlib
from tests.alta_verify.check.theorems import (
    LONG,
    MUTATED,
    RUNS,
    mutated,
    questions_of,
    theorem_of,
)
from tests.alta_verify.mutants import sampled, weight_mutants


def test_every_question_is_settled_by_z3_too():

    for name in ("addition", "parity_sum_mod_2"):
        for obligation, question in questions_of(
            theorem_of(alta.programs.get(name), None, 9, RUNS.get(name, ()))
        ):
            solver = z3.SolverFor("QF_LRA")
            solver.from_string(smtlib(question))
            assert solver.check() == z3.unsat, obligation


@pytest.mark.parametrize("name", MUTATED)
def test_z3_finds_the_questions_of_mutants_settled_exactly_if_the_checker_does(name):

    program, model = mutated(name)
    outcomes: Counter[bool] = Counter()
    for mutant in sampled(weight_mutants(model), 20):
        try:
            for obligation, question in questions_of(theorem_of(program, mutant.model, LONG)):
                solver = z3.SolverFor("QF_LRA")
                solver.from_string(smtlib(question))
                settled = question.decide() is None
                assert settled == (solver.check() == z3.unsat), (mutant.name, obligation)
                outcomes[settled] += 1
        except Refused:
            continue
    assert outcomes[True]
    assert outcomes[False]
