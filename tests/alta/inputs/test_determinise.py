"""The smallest automaton of a pattern or a list of words."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta.errors import InputLanguageError
from alta.inputs.determinise import compile_pattern, minimise, trie
from alta.inputs.dfa import Dfa, empty
from tests.alta.inputs.toys import LONGEST, TOKENS, VOCABULARY, accepted, automata

WORD_LISTS = st.lists(st.lists(st.sampled_from(TOKENS), max_size=LONGEST).map(tuple), max_size=12)


@given(automata())
def test_a_minimal_automaton_has_the_same_words_and_no_superfluous_states(dfa):
    small = minimise(dfa)
    for n in range(LONGEST + 1):
        assert accepted(small, n) == accepted(dfa, n)
    # Two states of it can be told apart by a word shorter than there are states, or one is dead.
    n_states = len(small.transitions)
    tails = [word for n in range(min(n_states, 6)) for word in product(TOKENS, repeat=n)]
    residuals = {
        tuple(Dfa(state, small.accepting, small.transitions).accepts(tail) for tail in tails)
        for state in range(n_states)
    }
    assert len(residuals) == n_states
    assert n_states == 1 or small.useful == frozenset(range(n_states))


@given(automata(), st.randoms(use_true_random=False))
def test_the_minimal_automaton_does_not_depend_on_the_numbers_of_the_states(dfa, rng):
    numbers = list(range(len(dfa.transitions)))
    rng.shuffle(numbers)
    transitions: list[dict[int, int]] = [{}] * len(numbers)
    for state, moves in enumerate(dfa.transitions):
        transitions[numbers[state]] = {token: numbers[target] for token, target in moves.items()}
    accepting = frozenset(numbers[state] for state in dfa.accepting)
    renumbered = Dfa(numbers[dfa.start], accepting, tuple(transitions))
    assert minimise(renumbered) == minimise(dfa)
    assert hash(minimise(renumbered)) == hash(minimise(dfa))
    assert minimise(minimise(dfa)) == minimise(dfa)


@given(WORD_LISTS)
def test_a_trie_accepts_exactly_its_words_and_is_minimal(words):
    dfa = trie(words)
    for n in range(LONGEST + 2):
        assert list(dfa.enumerate_words(n)) == sorted({word for word in words if len(word) == n})
    assert minimise(dfa) == dfa


def test_no_words_make_the_empty_automaton():
    assert trie([]) == empty() == minimise(Dfa(0, frozenset({1}), ({}, {0: 1})))
    assert empty().count(0) == 0
    assert empty().longest == 0


def test_a_construction_of_too_many_steps_is_refused(monkeypatch):
    monkeypatch.setattr("alta.inputs.determinise.MAX_STEPS", 10)
    with pytest.raises(InputLanguageError, match="built in at most 10 steps"):
        compile_pattern("(0|1){7} START START", VOCABULARY)


def test_an_exponential_automaton_is_refused():
    with pytest.raises(InputLanguageError, match="exponentially many"):
        compile_pattern("(0|1)* 1 (0|1){30}", VOCABULARY)


def test_equal_languages_have_equal_automata():
    texts = ["(0|1)* START", "(0* 1*)* START", "[0-1]* START", "(0|1)+ START | START"]
    assert len({compile_pattern(text, VOCABULARY) for text in texts}) == 1
    assert compile_pattern("(0|1)*", VOCABULARY) != compile_pattern("(0|1)+", VOCABULARY)
