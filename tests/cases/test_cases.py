"""The cases compute what they should, and what is broken in them shows."""

from __future__ import annotations

from functools import cache

import pytest

import alta
from alta.errors import ExecutionError
from alta.lang.program import Program
from tests.cases import CASES, BrokenProgram, Case
from tests.cases.words import Word, words

KINDS = ("conflict", "range", "undefined", "mismatch")

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)

BROKEN = [(case, broken) for case in CASES.values() for broken in case.programs]
every_broken_program = pytest.mark.parametrize(
    ("case", "broken"), BROKEN, ids=[f"{case.name}-{broken.name}" for case, broken in BROKEN]
)


@cache
def program(name: str) -> Program:
    return CASES[name].build()


@every_case
def test_a_program_has_the_name_of_its_case(case: Case):
    assert program(case.name).name == case.name


@every_case
def test_a_program_computes_what_its_oracle_says(case: Case):
    inputs = list(words(case, program(case.name)))
    expected = [case.oracle(word) for word in inputs]
    assert [list(alta.run(program(case.name), word).outputs) for word in inputs] == expected


@every_case
def test_a_batch_of_runs_computes_what_the_oracle_says(case: Case):
    inputs = list(words(case, program(case.name), short=300, drawn=300))
    runs = alta.run_batch(program(case.name), inputs)
    assert [list(run.outputs) for run in runs] == list(map(case.oracle, inputs))


@every_case
def test_a_language_reaches_to_the_bound(case: Case):
    assert program(case.name).inputs.lengths(case.max_len)[-1] == case.max_len


@every_case
def test_a_case_is_broken_in_its_rules_its_heads_its_inputs_and_its_weights(case: Case):
    assert {broken.part for broken in case.programs} == {"rules", "heads", "inputs"}
    assert case.models
    assert len(case.programs) + len(case.models) >= 5


def test_cases_are_broken_in_all_ways():
    assert {broken.kind for _, broken in BROKEN} == set(KINDS)


def test_variables_of_all_kinds_occur():
    variables = [own for name in CASES for own in program(name).variables.values()]
    assert {own.kind for own in variables} == {"categorical", "numerical", "set"}


def outcome(case: Case, broken: Program, word: Word) -> str | None:
    """How a broken program fails on an input, or differs from the good one; None if neither."""
    try:
        run = alta.run(broken, word)
    except ExecutionError as error:
        return error.kind
    good = program(case.name)
    if not good.inputs.contains(word):
        return None
    states = [state.after_mlp for state in run.states]
    same = states == [state.after_mlp for state in alta.run(good, word).states]
    return None if same else "mismatch"


@every_broken_program
def test_a_broken_program_shows_it_in_the_way_that_is_expected(case: Case, broken: BrokenProgram):
    wrong = broken.change(program(case.name))
    outcomes = {outcome(case, wrong, word) for word in words(case, wrong)}
    assert broken.kind in outcomes
    # What differs may also fail, but what fails does so in one way.
    assert outcomes <= {broken.kind, "mismatch", None}


@every_broken_program
def test_only_one_part_of_a_broken_program_is_other(case: Case, broken: BrokenProgram):
    good = program(case.name)
    wrong = broken.change(good)
    assert wrong != good
    assert (wrong.rules == good.rules) == (broken.part != "rules")
    assert (wrong.heads == good.heads) == (broken.part != "heads")
    assert (wrong.inputs == good.inputs) == (broken.part != "inputs")
