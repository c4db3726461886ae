"""The checker's patterns accept what Python's regular expressions accept, token for letter."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta_verify.check.patterns import Automaton, State, check_pattern, read_pattern, read_words
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
    with pytest.raises(Refused, match="the input language cannot be read"):
        read_pattern(text, LETTERS)


@pytest.mark.parametrize("text", ["[]", "[^]", "[a-b-c]", "a**", "a{2}{2}", "(" * 101 + ")" * 101])
def test_what_the_language_refuses_is_refused(text):
    with pytest.raises(Refused, match="the input language cannot be read near"):
        read_pattern(text, LETTERS)


def test_parts_that_match_nothing_but_the_empty_word_are_of_any_number():
    # Their names do not matter either, since nothing is left of them.
    text = "(){999999999} (z{999999999}){0} a"
    check_pattern(text, LETTERS)
    assert accepts(read_pattern(text, LETTERS), (0,))


def test_a_pattern_of_too_many_symbols_is_refused_before_they_are_written_out():
    check_pattern("a{10000}", LETTERS)
    for text in ("a{10001}", "(a{999999999}){999999999}", "a{5000} b{5001,}"):
        with pytest.raises(Refused, match="more than 10000 symbols"):
            check_pattern(text, LETTERS)


def reached(automaton: Automaton) -> set[State]:
    waiting, seen = [automaton.start], set[State]()
    while waiting:
        state = waiting.pop()
        if state not in seen:
            seen.add(state)
            waiting += automaton.steps(state).values()
    return seen


def test_a_pattern_that_takes_too_many_states_is_refused(monkeypatch):
    monkeypatch.setattr("alta_verify.check.patterns.MAX_STEPS", 1 << 14)
    assert reached(read_pattern("(a|b)* a (a|b){3}", LETTERS))
    with pytest.raises(Refused, match="steps to go through"):
        reached(read_pattern("(a|b)* a (a|b){30}", LETTERS))


def test_words_are_lists_of_tokens():
    automaton = read_words([(0, 1), (0,), (2, 2)])
    wanted = {(0, 1), (0,), (2, 2)}
    assert {word for word in WORDS if accepts(automaton, word)} == wanted
    assert accepts(read_words([()]), ())
    assert not any(accepts(read_words([]), word) for word in WORDS)
