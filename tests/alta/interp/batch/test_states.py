"""States are numbers; a run may stop where its state was there before."""

import numpy as np

import alta
from alta.interp.batch import Transitions, execute
from alta.interp.batch.states import Past, States
from tests.alta.lang.toys import copied, counter, toy


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


def test_first_states_are_those_of_the_interpreter():
    program = toy(variables={"p": alta.position_var(3)}, position_range=3)
    tables = Transitions(program)
    states = tables.starts.states(np.array([[2, 0, 1]]))
    for name in program.variables:
        have = np.broadcast_to(tables.rows.column(name, states), (1, 3))[0].tolist()
        assert have == [local[name] for local in alta.run(program, [2, 0, 1]).initial]


def test_the_past_is_one_for_each_sequence():
    def states(*numbers):
        return States(np.array(numbers, np.int32), np.zeros((len(numbers), 2), np.int32))

    past = Past(states(0, 1))
    assert past.is_new(states(1, 1)).tolist() == [True, False]
    past.keep(np.array([1]))
    assert past.is_new(states(0)).tolist() == [True]
    assert past.is_new(states(0)).tolist() == [False]
