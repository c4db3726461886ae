"""A fold is followed beside the automaton of the language, from left to right."""

from __future__ import annotations

import pytest

from alta import inputs
from alta.inputs.dfa import Dfa
from alta_verify.reach.windows.folds import TooManyStates, fold_of, trimmed


def language(pattern: str) -> Dfa:
    return inputs.regex(pattern).bind(("a", "b", "c")).automaton(0)


def test_states_are_those_of_inputs_alone():
    # How many b there are, after each position; after a c there is no input with more.
    fold = fold_of(language("a b b c"), 0, lambda state, token, _: state + (token == 1), 10)
    assert fold.values == (0, 1, 2)
    assert fold.first == {0: 0}
    assert fold.after == {(0, 1): 1, (1, 1): 2, (2, 2): 2}
    assert set(fold.words.values()) == {(0,), (0, 1), (0, 1, 1), (0, 1, 1, 2)}
    assert {(token, spec) for _, token, spec in fold.places} == {(1, 1), (1, 2), (2, 2)}


def test_a_state_that_is_none_is_one_like_others():
    fold = fold_of(language("(a|b)*"), 0, lambda state, token, _: None if token else state, 10)
    assert fold.values == (0, None)
    assert fold.after == {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 1}


def test_too_many_states_are_refused():
    with pytest.raises(TooManyStates):
        fold_of(language("a*"), 0, lambda state, *_: state + 1, 10)


def test_the_user_is_told_by_which_tokens_a_state_is_reached():
    asked = []

    def step(state: int, token: int, word: tuple[int, ...]) -> int:
        asked.append((*word, token))
        return min(2, state + token)

    fold_of(language("a b*"), 0, step, 10)
    assert asked == [(0,), (0, 1), (0, 1, 1), (0, 1, 1, 1)]


def test_moves_that_end_nowhere_are_left_out():
    automaton = Dfa(0, frozenset({1}), ({0: 1, 1: 2}, {}, {0: 2}))
    assert trimmed(automaton) == {0: {0: 1}, 1: {}}
