"""Executions: chunks, failures, every layer when asked for, and who is told of what."""

import numpy as np
import pytest

import alta
from alta.interp.batch import Transitions, execute
from alta.interp.batch.execution import Past
from alta.interp.batch.states import States
from tests.alta.interp.batch.averaging import averaging
from tests.alta.lang.toys import TRAP, copied, counter, toy

PARITY = alta.programs.parity_sequential_relative()
WORDS = np.array([[2, 1, 0, 1], [2, 0, 0, 0], [2, 1, 1, 1]])


def test_a_batch_may_be_worked_on_in_chunks(monkeypatch):
    whole = execute(PARITY, WORDS, None)
    monkeypatch.setattr("alta.interp.batch.execution._CHUNK", 5)
    parts = execute(PARITY, WORDS, None)
    assert parts.outputs == whole.outputs == [(0, 1, 1, 0), (0, 0, 0, 0), (0, 1, 0, 1)]
    assert (parts.n_layers == whole.n_layers).all()
    assert (parts.final == whole.final).all()


def test_failures_are_told_by_sequence_in_all_chunks(monkeypatch):
    monkeypatch.setattr("alta.interp.batch.execution._CHUNK", 1)
    failures = execute(TRAP, np.array([[0, 0], [0, 1], [1, 0]]), 1).failures
    assert {row: (failure.layer, failure.position) for row, failure in failures.items()} == {
        1: (1, 1),
        2: (1, 0),
    }


def test_tables_of_another_program_are_refused():
    with pytest.raises(ValueError, match="expected transitions of the program 'trap'"):
        execute(TRAP, WORDS, 1, transitions=Transitions(PARITY))


def test_nothing_is_executed_of_nothing():
    assert execute(PARITY, np.empty((0, 3), dtype=np.int64), None).outputs == []


# --- who is told ----------------------------------------------------------------------------------


def test_ends_are_told_as_they_come():
    told = []
    words = np.array([[2, 1, 0, 1], [2, 0, 0, 0], [2, 1, 1, 1]])
    execute(PARITY, words, None, ended=told.append)
    assert sum(told) == 3


# --- repetitions ----------------------------------------------------------------------------------


def test_a_run_stops_at_a_state_that_was_there_before():
    program = counter(3)
    words = np.zeros((2, 2), dtype=np.int64)
    assert execute(program, words, 7).n_layers.tolist() == [7, 7]
    assert execute(program, words, 7, stop_at_repeats=True).n_layers.tolist() == [3, 3]
    assert execute(program, words, 2, stop_at_repeats=True).n_layers.tolist() == [2, 2]


def test_repeated_states_are_told_apart_by_sequence():
    program = toy([*copied("left", "x"), *copied("x", "y")][:3], heads={"left": LEFT}, layers=9)
    words = np.array([[0, 0, 0], [1, 1, 1]])
    run = execute(program, words, 9, stop_at_repeats=True)
    assert run.n_layers.tolist() == [0, 0]
    assert set(run.failures) == {0, 1}


LEFT = alta.v_relative("x", -1)


def test_the_past_is_one_for_each_sequence():
    def states(*numbers):
        return States(np.array(numbers, np.int32), np.zeros((len(numbers), 2), np.int32))

    past = Past(states(0, 1))
    assert past.is_new(states(1, 1)).tolist() == [True, False]
    past.keep(np.array([1]))
    assert past.is_new(states(0)).tolist() == [True]
    assert past.is_new(states(0)).tolist() == [False]


# --- layers ---------------------------------------------------------------------------------------


def test_every_layer_can_be_kept():
    run = execute(PARITY, WORDS, None, keep_steps=True)
    assert len(run.steps) == 3
    assert execute(PARITY, WORDS, None).steps == []
    for row, tokens in enumerate(WORDS.tolist()):
        states = alta.run(PARITY, tokens).states
        for step, state in zip(run.steps, states, strict=True):
            assert step.active[row]
            assert step.states[row].tolist() == [list(t.values()) for t in state.after_mlp]
    left = list(PARITY.domains).index("parity_left")
    assert run.steps[0].attended[0, :, left].tolist() == [-1, 0, 1, 0]


def test_a_sequence_that_has_ended_stands_still():
    program = toy([alta.rule({"x": 1}, "y", 1)], halt=alta.halt_spec("y", 1), layers=2)
    run = execute(program, np.array([[1], [0]]), 2, keep_steps=True)
    assert [step.active.tolist() for step in run.steps] == [[True, True], [False, True]]
    assert run.n_layers.tolist() == [1, 2]
    assert run.halted.tolist() == [True, False]
    assert run.steps[1].attended[0].tolist() == [[-1, -1]]
    assert run.steps[1].states[0].tolist() == [[1, 1]]


def test_the_empty_sequence_takes_all_layers_and_has_halted():
    words = np.empty((2, 0), dtype=np.int64)
    assert execute(counter(3), words, 4).n_layers.tolist() == [4, 4]
    run = execute(PARITY, words, None)
    assert (run.n_layers.tolist(), run.halted.tolist()) == ([0, 0], [True, True])
    assert run.outputs == [(), ()]
    (*_, step) = execute(counter(3), words, 2, keep_steps=True).steps
    assert step.attended.shape == step.states.shape == (2, 0, 2)
    # Rules that would fail wherever they fire fire nowhere.
    assert execute(toy([alta.rule({}, "y", 9)]), words, 1).failures == {}


def test_tables_hold_codes_of_numbers_and_sets():
    program = averaging(alta.Head(None, None, "n"))
    run = execute(program, np.array([[0, 2]]), 1, keep_steps=True)
    (step,) = run.steps
    local = dict(zip(program.domains, step.attended[0, 1].tolist(), strict=True))
    decoded = {name: run.codes.value(name, code) for name, code in local.items()}
    assert decoded == alta.run(program, [0, 2]).states[0].after_attention[1]
    assert run.codes.value("mean", -1) is alta.UNDEFINED
