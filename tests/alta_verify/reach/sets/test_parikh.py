"""The Parikh vectors of a length are those of its words."""

from __future__ import annotations

import pytest

from alta import inputs
from alta_verify.reach.sets.parikh import parikh_image
from tests.alta_verify.reach.examples import sorting
from tests.alta_verify.reach.vectors import vector_of


@pytest.mark.parametrize("length", range(1, 7))
def test_parikh_vectors_are_those_of_the_words(length):
    for language in (sorting(), sorting("BOS [1-3]* 4?", inputs.regex)):
        automaton = language.inputs.automaton(length)
        words = automaton.enumerate_words(length)
        expected = frozenset(map(vector_of, words))
        each = {token: token for token in range(8)}
        assert parikh_image(automaton, length, 10**6, each) == expected
        assert parikh_image(automaton, length, len(expected) - 1, each) is None or not expected


def test_tokens_that_are_alike_count_as_one():
    automaton = sorting("BOS [1-3]* 4?", inputs.regex).inputs.automaton(5)
    alike = {token: min(token, 1) for token in range(8)}
    assert parikh_image(automaton, 5, 10**6, alike) == frozenset({((0, 1), (1, 4))})
