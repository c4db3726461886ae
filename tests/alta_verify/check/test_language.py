"""The tokens, words and Parikh vectors of an input language, length by length."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alta_verify.check.declared import DeclaredLanguage
from alta_verify.check.language import Language
from alta_verify.check.refused import Refused
from alta_verify.check.text import read_program
from tests.alta_verify.check.theorems import TEXT

SAME = {token: token for token in range(4)}


def language(kind: str, content: object = None) -> Language:
    return Language(replace(read_program(TEXT), inputs=DeclaredLanguage(kind, content)))


def test_a_pattern_has_its_words():
    pattern = language("regex", "BOS (1|2)*")
    assert pattern.live(2) == (frozenset({0}), frozenset({1, 2}))
    assert pattern.words(2, SAME) == {(0, 1), (0, 2)}
    assert pattern.parikh_vectors(3, SAME) == {
        ((0, 1), (1, 2)),
        ((0, 1), (1, 1), (2, 1)),
        ((0, 1), (2, 2)),
    }
    assert pattern.live(0) is None


def test_tokens_that_are_alike_are_one():
    alike = {**SAME, 2: 1}
    assert language("regex", "BOS (1|2)*").words(3, alike) == {(0, 1, 1)}
    assert language("regex", "BOS (1|2)*").parikh_vectors(3, alike) == {((0, 1), (1, 2))}


def test_no_token_of_distinct_ones_comes_twice_in_a_parikh_vector():
    distinct = language("distinct", "(1|2)*")
    assert distinct.parikh_vectors(2, SAME) == {((1, 1), (2, 1))}
    assert distinct.live(3) is None


def test_words_that_are_listed_are_the_language():
    listed = language("sequences", ((0,), (0, 3)))
    assert listed.words(2, SAME) == {(0, 3)}
    assert listed.live(3) is None


def test_a_length_of_which_nothing_is_said_is_refused():
    by_length = language("lengths", (None, "BOS"))
    assert by_length.words(1, SAME) == {(0,)}
    assert by_length.words(0, SAME) == set()
    with pytest.raises(Refused, match="says nothing of 2 tokens, only of up to 1"):
        by_length.live(2)


def test_words_too_many_to_list_are_refused(monkeypatch):
    monkeypatch.setattr("alta_verify.check.language.MAX_WORDS", 32)
    assert len(language("anything").words(2, SAME)) == 16
    for listed in (language("anything").words, language("anything").parikh_vectors):
        with pytest.raises(Refused, match="too many inputs of 3 tokens to go through one by one"):
            listed(3, SAME)
