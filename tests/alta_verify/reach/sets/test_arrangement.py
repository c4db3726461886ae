"""An arrangement is an input with the tokens that it should have, where it should have them."""

from __future__ import annotations

from collections import Counter

from alta import inputs
from alta_verify.reach.sets.arrangement import arrangements
from alta_verify.reach.sets.cells import Cell
from alta_verify.reach.sets.diagrams import TRUE
from tests.alta_verify.reach.examples import sorting

EACH = {token: token for token in range(6)}
AUTOMATON = sorting("BOS [1-4]*", inputs.regex).inputs.automaton(6)


def test_inputs_have_the_tokens_and_the_cell():
    numbers = {0: 1, 1: 2, 2: 0, 4: 3}
    words = list(arrangements(AUTOMATON, numbers, EACH, Cell(3, 4, 1, TRUE)))
    assert len(words) == 2
    for word in words:
        assert AUTOMATON.accepts(word)
        assert Counter(word) == +Counter(numbers)
        assert word[3] == 4
        assert word[:3].count(4) == 1


def test_a_token_stands_for_those_that_are_like_it():
    alike = {token: min(token, 1) for token in range(6)}
    for word in arrangements(AUTOMATON, {0: 1, 1: 5}, alike, Cell(2, 1, 1, TRUE)):
        assert AUTOMATON.accepts(word)


def test_what_no_input_has_is_not_found():
    assert not list(arrangements(AUTOMATON, {0: 1, 1: 5}, EACH, Cell(3, 1, 1, TRUE)))
    assert not list(arrangements(AUTOMATON, {1: 6}, EACH, Cell(3, 1, 3, TRUE)))
