"""Executions: chunks, steps, repeated states, local states, and who is told of what."""

import numpy as np
import pytest

import alta
from alta.interp.batch import LocalStates, Transitions, execute
from tests.alta.lang.toys import TRAP, UNDEFINED_READ, copied, counter, toy

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
    assert {row: (one.layer, one.position) for row, one in failures.items()} == {
        1: (1, 1),
        2: (1, 0),
    }


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


def test_progress_is_told_from_nothing_to_everything():
    told = []
    words = [[2], [2, 1], [2, 0, 1], [2, 1]]
    alta.run_batch(PARITY, words, progress=lambda *done: told.append(done))
    assert told[0] == (0, 4)
    assert told[-1] == (4, 4)
    assert told == sorted(told)


# --- local states ---------------------------------------------------------------------------------


def seen(program, words, **options):
    local_states = LocalStates()
    execute(program, np.array(words), 3, local_states=local_states, **options)
    return local_states


def test_local_states_are_found_by_their_values():
    found = seen(PARITY, WORDS)
    names = {"parity": {1}, "parity_left": {0}, "done_left": {1}}
    (number,) = found.matching({**names, "done": {0}})
    place = found.place(int(number))
    assert (place.layer, place.position) == (1, 1)
    assert place.tokens == (2, 1, 0, 1)
    assert found.matching({"parity_left": {-1}, "done": {0}}).size == 0
    assert found.matching({"parity_left": {-1}}).size == 1


def test_a_place_is_where_a_local_state_is():
    found = seen(PARITY, WORDS)
    assert len(found) > 5
    for name, domain in PARITY.domains.items():
        for value in range(-1, domain.size):
            for number in found.matching({name: {value}}):
                place = found.place(int(number))
                run = alta.run(PARITY, place.tokens)
                local = run.states[place.layer - 1].after_attention[place.position]
                assert local[name] == (alta.UNDEFINED if value == -1 else value)


def test_local_states_that_fail_are_given_back():
    (failing,) = seen(UNDEFINED_READ, [[0, 1], [1, 0], [2, 2]]).failing()
    assert failing == {"x": 1, "y": 0, "left": -1}
    assert list(seen(UNDEFINED_READ, [[0, 1]]).failing()) == []


def test_a_state_that_fails_everywhere_is_given_back_for_every_position():
    found = seen(toy([alta.rule({}, "y", 9)]), [[0, 2]])
    assert [local["x"] for local in found.failing()] == [0, 2]


def test_local_states_go_on_over_executions_with_the_same_tables():
    local_states, transitions = LocalStates(), Transitions(PARITY)
    for words in ([[2, 1]], [[2, 0]]):
        execute(PARITY, np.array(words), None, transitions=transitions, local_states=local_states)
    (number,) = local_states.matching({"parity": {0}, "done_left": {1}, "done": {0}})
    assert local_states.place(int(number)).tokens == (2, 0)
    with pytest.raises(ValueError, match="same transitions"):
        execute(PARITY, np.array([[2]]), None, local_states=local_states)


def test_without_executions_there_are_no_local_states():
    assert LocalStates().matching({}).size == 0
    assert list(LocalStates().failing()) == []
