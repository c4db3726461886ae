"""Local states are collected with the place where each was first."""

import numpy as np
import pytest

import alta
from alta.interp.batch import LocalStates, Transitions, execute
from tests.alta.lang.toys import UNDEFINED_READ, toy

PARITY = alta.programs.parity_sequential_relative()
WORDS = np.array([[2, 1, 0, 1], [2, 0, 0, 0], [2, 1, 1, 1]])


def seen(program, words, **options):
    local_states = LocalStates()
    execute(program, np.array(words), 3, local_states=local_states, **options)
    return local_states


def matching(collected, pattern):
    """The local states in which each name has one of its values."""
    return collected.having({name: values.__contains__ for name, values in pattern.items()})


def test_local_states_are_found_by_their_values():
    collected = seen(PARITY, WORDS)
    names = {"parity": {1}, "parity_left": {0}, "done_left": {1}}
    (number,) = matching(collected, {**names, "done": {0}})
    place = collected.place(int(number))
    assert (place.layer, place.position) == (1, 1)
    assert place.tokens == (2, 1, 0, 1)
    assert matching(collected, {"parity_left": {alta.UNDEFINED}, "done": {0}}).size == 0
    assert matching(collected, {"parity_left": {alta.UNDEFINED}}).size == 1


def test_a_place_is_where_a_local_state_is():
    collected = seen(PARITY, WORDS)
    assert len(collected) > 5
    for name, domain in PARITY.domains.items():
        for value in (alta.UNDEFINED, *range(domain.size)):
            for number in matching(collected, {name: {value}}):
                place = collected.place(int(number))
                run = alta.run(PARITY, place.tokens)
                local = run.states[place.layer - 1].after_attention[place.position]
                assert local[name] == value


def test_local_states_that_fail_are_given_back():
    (failing,) = seen(UNDEFINED_READ, [[0, 1], [1, 0], [2, 2]]).failing()
    assert failing == {"x": 1, "y": 0, "left": -1}
    assert list(seen(UNDEFINED_READ, [[0, 1]]).failing()) == []


def test_a_state_that_fails_everywhere_is_given_back_for_every_position():
    collected = seen(toy([alta.rule({}, "y", 9)]), [[0, 2]])
    assert [local["x"] for local in collected.failing()] == [0, 2]


def test_local_states_go_on_over_executions_with_the_same_tables():
    local_states, transitions = LocalStates(), Transitions(PARITY)
    for words in ([[2, 1]], [[2, 0]]):
        execute(PARITY, np.array(words), None, transitions=transitions, local_states=local_states)
    (number,) = matching(local_states, {"parity": {0}, "done_left": {1}, "done": {0}})
    assert local_states.place(int(number)).tokens == (2, 0)
    with pytest.raises(ValueError, match="same transitions"):
        execute(PARITY, np.array([[2]]), None, local_states=local_states)


def test_without_executions_there_are_no_local_states():
    assert matching(LocalStates(), {}).size == 0
    assert list(LocalStates().failing()) == []


def test_local_states_are_found_by_tests_of_their_values():
    collected = seen(PARITY, WORDS)
    done = collected.having({"done": lambda value: value == 1})
    assert done.tolist() == matching(collected, {"done": {1}}).tolist()
    assert collected.having({"done": lambda _: False}).size == 0
