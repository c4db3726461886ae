"""Executions are the definitional interpreter: every state of every layer, and where runs end."""

from __future__ import annotations

import numpy as np
from hypothesis import given

import alta
from alta.interp.batch import LocalStates, Transitions, execute
from alta.interp.step import attend, indices
from alta.lang.uniform import uniform_names
from alta_verify.strategies import programs
from tests.properties.running import cases, course, shown, small_programs, words_of

larger_programs = programs(max_variables=6, max_heads=5, max_rules=30, max_length=4, max_tokens=2)


def by_length(words):
    return {n: [word for word in words if len(word) == n] for n in {len(word) for word in words}}


def coded(program, table):
    """The indices that rules test, with -1 for UNDEFINED."""
    return [
        [
            -1 if index is alta.UNDEFINED else index
            for index in indices(program, local, local).values()
        ]
        for local in table
    ]


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
        for row, word in enumerate(words):
            known = course(program, word)
            assert run.n_layers[row] == len(known.tables) - 1
            assert run.initial[row].tolist() == coded(program, known.tables[0])
            assert run.final[row].tolist() == coded(program, known.tables[-1])
            for step, table in zip(run.steps, known.attended, strict=False):
                assert step.attended[row].tolist() == coded(program, table)
            for step, table in zip(run.steps, known.tables[1:], strict=False):
                assert step.active[row]
                assert step.states[row].tolist() == coded(program, table)
            failure = run.failures.get(row)
            assert (failure is None) == (known.error is None)
            if failure is not None:
                assert str(failure.error) == str(known.error)
                assert type(failure.error) is type(known.error)
            expected |= {
                tuple(local) for table in known.attended for local in coded(program, table)
            }
    numbers = np.arange(len(seen))
    found = [
        tuple(
            next(value for value in range(-1, domain.size) if number in matching[name][value])
            for name, domain in program.domains.items()
        )
        for matching in [
            {
                name: {
                    value: set(seen.matching({name: {value}}).tolist())
                    for value in range(-1, domain.size)
                }
                for name, domain in program.domains.items()
            }
        ]
        for number in numbers.tolist()
    ]
    assert len(found) == len(set(found))
    assert set(found) == expected


@cases(100)
@given(small_programs)
def test_every_state_of_every_layer_is_the_definition_s(program) -> None:
    check(shown(program))


@cases(30)
@given(larger_programs)
def test_every_state_of_larger_programs_is_the_definition_s(program) -> None:
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
