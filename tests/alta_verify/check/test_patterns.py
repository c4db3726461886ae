"""The checker's patterns accept what Python's regular expressions accept, token for letter."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta_verify.check.patterns import Automaton, read_pattern, read_words
from alta_verify.check.refused import Refused

LETTERS = ("a", "b", "c")
WORDS = [word for length in range(6) for word in product(range(3), repeat=length)]


def accepts(automaton: Automaton, word: tuple[int, ...]) -> bool:
    state = automaton.start
    for token in word:
        steps = automaton.steps(state)
        if token not in steps:
            return False
        state = steps[token]
    return automaton.accepts(state)


items = st.sampled_from(["a", "b", "c", ".", "[a b]", "[^a b]", "[a-b]", "[a-c]", "[^b]", "[c]"])
marks = st.sampled_from(["", "*", "+", "?", "{2}", "{0}", "{1,2}", "{0,1}", "{1,}", "{2,3}"])


def _more(inner):
    return st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(" ".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: f"({' | '.join(some)})"),
        st.builds(lambda one, mark: f"({one}){mark}", inner, marks),
    )


patterns = st.recursive(st.builds(str.__add__, items, marks), _more, max_leaves=5)


@given(patterns)
def test_a_pattern_accepts_what_python_accepts(text):
    wanted = re.compile(text.replace(" ", ""))
    automaton = read_pattern(text, LETTERS)
    for word in WORDS:
        letters = "".join(LETTERS[token] for token in word)
        assert accepts(automaton, word) == bool(wanted.fullmatch(letters)), letters


@pytest.mark.parametrize("text", ["", "a|", "|a", "()", "(a|)"])
def test_parts_may_be_empty(text):
    assert accepts(read_pattern(text, LETTERS), ())


def test_names_have_any_characters_behind_a_backslash():
    vocab = ("one two", "a", "a*", "\\", "-")
    automaton = read_pattern(r"one\ two a* a\* [\\ \-]?", vocab)
    assert accepts(automaton, (0, 2))
    assert accepts(automaton, (0, 1, 1, 2, 4))
    assert not accepts(automaton, (0, 2, 1))
    assert accepts(read_pattern(r"[\\]", vocab), (3,))
    assert accepts(read_pattern("-", vocab), (4,))


@pytest.mark.parametrize(
    "text",
    [
        "d",
        "a)",
        "(a",
        "[a",
        "[b-a]",
        "[d]",
        "a{",
        "a{x}",
        "a{2",
        "a{2,1}",
        "a{1234567890}",
        "*",
        "a\\",
        "\\",
        "[a\\",
        "ab",
        "]",
    ],
)
def test_what_is_no_pattern_is_refused(text):
    with pytest.raises(Refused, match="the input language cannot be read near"):
        read_pattern(text, LETTERS)


def test_words_are_lists_of_tokens_by_number_or_name():
    automaton = read_words([[0, 1], ["a"], [2, "c"]], LETTERS)
    wanted = {(0, 1), (0,), (2, 2)}
    assert {word for word in WORDS if accepts(automaton, word)} == wanted
    assert accepts(read_words([[]], LETTERS), ())
    assert not any(accepts(read_words([], LETTERS), word) for word in WORDS)


@pytest.mark.parametrize("words", ["ab", [[3]], [[-1]], [[True]], [[0.0]], {"a": 1}])
def test_what_are_no_words_is_refused(words):
    with pytest.raises(Refused):
        read_words(words, LETTERS)
