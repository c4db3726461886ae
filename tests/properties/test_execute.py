"""Executions are the definitional interpreter: every state of every layer, and where runs end."""

from __future__ import annotations

import numpy as np
from hypothesis import given

import alta
from alta.interp.batch import LocalStates, Transitions, execute
from alta.interp.step import attend, indices
from alta.lang.uniform import uniform_names
from alta_verify.strategies import programs
from tests.properties.running import cases, course, mixed_programs, shown, small_programs, words_of

larger_programs = programs(max_variables=6, max_heads=5, max_rules=30, max_length=4, max_tokens=2)


def by_length(words):
    return {n: [word for word in words if len(word) == n] for n in {len(word) for word in words}}


def tabled(run, table):
    """A table of codes as tables of values, one a sequence; -1 is UNDEFINED."""
    names = list(run.program.domains)[: table.shape[2]]
    return [
        tuple(
            {name: run.codes.value(name, code) for name, code in zip(names, local, strict=True)}
            for local in row
        )
        for row in table.tolist()
    ]


def indexed(program, local):
    """The indices that rules test, with -1 for UNDEFINED."""
    return tuple(
        -1 if index is alta.UNDEFINED else index
        for index in indices(program, local, program.domains).values()
    )


def check(program):
    transitions, seen = Transitions(program), LocalStates()
    expected = set()
    for length, words in by_length(words_of(program)).items():
        run = execute(
            program,
            np.array(words),
            program.layer_bound(length),
            transitions=transitions,
            keep_steps=True,
            stop_at_repeats=True,
            local_states=seen,
        )
        known = [course(program, word) for word in words]
        check_run(run, known)
        expected |= {
            indexed(program, local) for one in known for table in one.attended for local in table
        }
    if expected:
        columns = seen.columns()
        assert list(columns) == list(program.domains)
        assert set(zip(*(column.tolist() for column in columns.values()), strict=True)) == expected


def check_run(run, known):
    assert run.n_layers.tolist() == [len(one.tables) - 1 for one in known]
    assert tabled(run, run.initial) == [one.tables[0] for one in known]
    assert tabled(run, run.final) == [one.tables[-1] for one in known]
    for layer, step in enumerate(run.steps):
        attended, states = tabled(run, step.attended), tabled(run, step.states)
        for row, one in enumerate(known):
            if layer < len(one.attended):
                assert attended[row] == one.attended[layer]
            if layer + 1 < len(one.tables):
                assert step.active[row]
                assert states[row] == one.tables[layer + 1]
    errors = {row: one.error for row, one in enumerate(known) if one.error is not None}
    assert {row: str(failure.error) for row, failure in run.failures.items()} == {
        row: str(error) for row, error in errors.items()
    }


@cases(100)
@given(small_programs)
def test_every_state_of_every_layer_is_the_definition_s(program) -> None:
    check(shown(program))


@cases(30)
@given(larger_programs)
def test_every_state_of_larger_programs_is_the_definition_s(program) -> None:
    check(shown(program))


@cases(100)
@given(mixed_programs)
def test_every_state_of_programs_with_numbers_and_sets_is_the_definition_s(program) -> None:
    check(shown(program))


@cases(100)
@given(larger_programs)
def test_uniform_names_hold_one_value_at_all_positions_of_every_state(program) -> None:
    names = uniform_names(shown(program))
    for word in words_of(program):
        known = course(program, word)
        for table in [*known.attended, *(attend(program, table) for table in known.tables)]:
            for name in names:
                assert len({local[name] for local in table}) == 1
