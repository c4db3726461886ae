"""Cells are where inputs have tokens, and occurrences are told apart where that matters."""

from __future__ import annotations

import pytest

from alta import inputs
from alta_verify.reach.sets.cells import Cells
from alta_verify.reach.sets.parikh import Multiplicities
from alta_verify.universal import Empty
from tests.alta_verify.reach.examples import sorting

LENGTH = 4
EACH = {token: token for token in range(6)}
PROGRAM = sorting("BOS [1-2]*", inputs.regex)


def cells(live=None, *, ordered: bool = True) -> Cells:
    numbers = Multiplicities(PROGRAM.inputs.factors(LENGTH), LENGTH, EACH, 10**6)
    live = PROGRAM.inputs.live_tokens(LENGTH) if live is None else live
    return Cells(numbers, live, ordered=ordered)


def test_every_position_of_every_input_is_a_cell_of_its_vector():
    told = cells()
    for word in PROGRAM.inputs.automaton(LENGTH).enumerate_words(LENGTH):
        for position, token in enumerate(word):
            places = {(c.position, c.token, c.before) for c in told.cells}
            assert (position, token, word[:position].count(token)) in places
    assert [len(at) for at in told.at] == [1, 2, 4, 6]


def test_without_order_equal_tokens_at_a_position_are_one_cell():
    alike = cells(ordered=False)
    assert [len(at) for at in alike.at] == [1, 2, 2, 2]
    occurrences = {(o.token, o.before): o for o in alike.occurrences}
    assert len(occurrences) == 1 + 3 + 3
    # Each of the occurrences has all cells of its token, and the second is there in fewer inputs.
    assert occurrences[1, 0].cells == occurrences[1, 2].cells
    assert occurrences[1, 0].exists != occurrences[1, 1].exists


def test_no_more_equal_tokens_are_behind_a_cell_than_places():
    told = cells()
    numbers = told.numbers
    (last,) = [c for c in told.cells if (c.position, c.token, c.before) == (3, 1, 1)]
    # The second 1 in the last place: there are two of them, and no third.
    assert last.exists == numbers.sums(frozenset({1}))[2]


def test_a_position_without_a_token_is_no_position_of_inputs():
    with pytest.raises(Empty, match="tokens at 1"):
        cells([frozenset({0}), frozenset({5})])
    with pytest.raises(Empty, match="positions"):
        cells([])
