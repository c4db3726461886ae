"""Automata: every question about the words of one length, against trying them all."""

import random
from collections import Counter
from itertools import islice, product

import pytest
from hypothesis import given

from alta.errors import InputLanguageError
from alta.inputs.determinise import trie
from alta.inputs.dfa import Dfa, integer_below, universal
from tests.alta.inputs.toys import LONGEST, TOKENS, accepted, automata


@given(automata())
def test_every_answer_agrees_with_trying_all_words(dfa):
    for n in range(LONGEST + 1):
        words = accepted(dfa, n)
        assert [word for word in product(TOKENS, repeat=n) if dfa.accepts(word)] == words
        assert dfa.count(n) == len(words)
        assert list(dfa.enumerate_words(n)) == words
        assert [dfa.word_at(n, index) for index in range(len(words))] == words
        assert dfa.live_tokens(n) == [frozenset(w[i] for w in words) for i in range(n)]
    lengths = [n for n in range(LONGEST + 1) if accepted(dfa, n)]
    assert list(dfa.lengths(LONGEST)) == lengths


@given(automata())
def test_the_longest_word_is_found_or_there_is_none(dfa):
    # A word at least as long as there are states can be pumped, and a shorter pump exists.
    n_states = len(dfa.transitions)
    lengths = list(dfa.lengths(2 * n_states))
    if any(n >= n_states for n in lengths):
        assert dfa.longest is None
    else:
        assert dfa.longest == max(lengths, default=0)


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
