"""Automata: every question about the words of one length, against trying them all."""

import random
from collections import Counter
from itertools import islice, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta.errors import InputLanguageError
from alta.inputs.determinise import empty, minimise, trie
from alta.inputs.dfa import Dfa, integer_below, universal

TOKENS = range(3)
LONGEST = 4


@st.composite
def automata(draw, *, max_states=6):
    n_states = draw(st.integers(1, max_states))
    states = st.integers(0, n_states - 1)
    moves = st.dictionaries(st.sampled_from(TOKENS), states)
    transitions = draw(st.lists(moves, min_size=n_states, max_size=n_states))
    return Dfa(draw(states), draw(st.frozensets(states)), tuple(transitions))


WORD_LISTS = st.lists(st.lists(st.sampled_from(TOKENS), max_size=LONGEST).map(tuple), max_size=12)


def _accepted(dfa, n):
    """Tries all words, in lexicographic order, by the definition of acceptance."""
    accepted = []
    for word in product(TOKENS, repeat=n):
        state = dfa.start
        for token in word:
            state = dfa.transitions[state].get(token) if state is not None else None
        if state in dfa.accepting:
            accepted.append(word)
    return accepted


@given(automata())
def test_every_answer_agrees_with_trying_all_words(dfa):
    for n in range(LONGEST + 1):
        words = _accepted(dfa, n)
        assert [word for word in product(TOKENS, repeat=n) if dfa.accepts(word)] == words
        assert dfa.count(n) == len(words)
        assert list(dfa.enumerate_words(n)) == words
        assert [dfa.word_at(n, index) for index in range(len(words))] == words
        assert dfa.live_tokens(n) == [frozenset(w[i] for w in words) for i in range(n)]
        assert dfa.has_word(n) == bool(words)
    lengths = [n for n in range(LONGEST + 1) if _accepted(dfa, n)]
    assert list(dfa.lengths(LONGEST)) == lengths


@given(automata())
def test_the_longest_word_is_found_or_there_is_none(dfa):
    # A word at least as long as there are states can be pumped, and a shorter pump exists.
    n_states = len(dfa.transitions)
    lengths = dfa.lengths(2 * n_states)
    if any(n >= n_states for n in lengths):
        assert dfa.longest is None
    else:
        assert dfa.longest == max(lengths, default=0)


@given(automata())
def test_a_minimal_automaton_has_the_same_words_and_no_superfluous_states(dfa):
    small = minimise(dfa)
    for n in range(LONGEST + 1):
        assert _accepted(small, n) == _accepted(dfa, n)
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


def test_the_universal_automaton_accepts_everything():
    dfa = universal(3)
    assert dfa.count(50) == 3**50
    assert dfa.live_tokens(2) == [frozenset(TOKENS)] * 2
    assert dfa.longest is None
    assert universal(0).count(0) == 1
    assert universal(0).longest == 0


def test_enumeration_is_lazy_and_needs_no_recursion():
    words = universal(2).enumerate_words(3000)
    first, second = islice(words, 2)
    assert first == (0,) * 3000
    assert second == (0,) * 2999 + (1,)


def test_questions_in_any_order_get_the_same_answers():
    lengths = [7, 2, 5, 0, 7]
    counts = [universal(3).count(n) for n in lengths]
    dfa = universal(3)
    assert [dfa.count(n) for n in lengths] == counts == [3**n for n in lengths]


def test_a_state_out_of_range_is_refused():
    for start, accepting, moves in [(1, set(), {}), (0, {2}, {}), (0, set(), {0: 3})]:
        with pytest.raises(InputLanguageError, match=r"expected states in 0 \.\.\. 0, got [123]"):
            Dfa(start, frozenset(accepting), (moves,))


def test_an_index_out_of_range_is_refused():
    for index in (-1, 4):
        with pytest.raises(InputLanguageError, match=r"expected an index in 0 \.\.\. 3"):
            universal(2).word_at(2, index)


def test_a_length_without_words_has_no_sample():
    with pytest.raises(InputLanguageError, match="n=2"):
        trie([(0,)]).sample_word(random.Random(0), 2)


class Scripted:
    """Draws the given numbers in turn."""

    def __init__(self, *numbers):
        self.numbers = list(numbers)

    def random(self):
        return self.numbers.pop(0)


def test_an_integer_is_drawn_from_equally_many_outcomes_of_the_source():
    # Of the four quarters of [0, 1), three stand for one integer each and one is drawn again.
    drawn = [integer_below(3, Scripted(quarter / 4, 0.0)) for quarter in range(4)]
    assert drawn == [0, 1, 2, 0]
    assert integer_below(1, Scripted()) == 0


def test_large_integers_use_all_bits():
    assert integer_below(2**106, Scripted(0.5, 2**-53)) == 2**105 + 1
    drawn = [integer_below(2**200, random.Random(seed)) for seed in range(200)]
    assert {value % 2 for value in drawn} == {0, 1}
    assert {value >> 199 for value in drawn} == {0, 1}


def test_samples_are_uniform_where_walking_at_random_would_not_be():
    # One word begins with 0, nine begin with 1: choosing moves uniformly would give (0, 0) half
    # of the draws instead of a tenth.
    dfa = trie([(0, 0), *((1, token) for token in range(9))])
    rng = random.Random(1)
    counts = Counter(dfa.sample_word(rng, 2) for _ in range(5000))
    assert len(counts) == 10
    assert all(400 < count < 600 for count in counts.values())
