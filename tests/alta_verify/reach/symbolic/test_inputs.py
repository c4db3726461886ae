"""The inputs of a length are exactly the assignments on which the premise holds, shared or not."""

from __future__ import annotations

from functools import reduce
from itertools import product

import pytest

import alta
from alta import inputs
from alta.inputs.language import InputLanguage
from alta_verify.reach.symbolic.inputs import Inputs, InputSpace
from alta_verify.reach.symbolic.sweep import Unsatisfiable, Witness
from tests.alta_verify.reach.examples import sorting

LANGUAGES = {
    "two tokens, counted": sorting("BOS (1 2|2 1)", inputs.regex).inputs,
    "several tokens, one a position alone": sorting("BOS [1-3]*", inputs.regex).inputs,
    "distinct": sorting("[1-3]*", inputs.distinct).inputs,
}


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
@pytest.mark.parametrize("language", LANGUAGES.values(), ids=list(LANGUAGES))
def test_there_is_an_assignment_for_every_word_and_for_nothing_else(
    language: InputLanguage, shared: bool
):
    symbolic = Inputs(language, 3)
    if shared:
        space = InputSpace(language, from_right=True)
        # Other lengths come before, and have more choices than this one.
        for length in language.lengths(5):
            space.of(max(length, 1))
        symbolic = space.of(3)
    tokens = range(4)
    for word in product(tokens, repeat=3):
        guards = [live.get(token) for live, token in zip(symbolic.tokens, word, strict=True)]
        possible = None not in guards and language.contains(word)
        if None in guards:
            assert not language.contains(word)
            continue
        match symbolic.sweeper.witness(guards):
            case Witness(assignment=assignment):
                assert possible
                assert symbolic.read(assignment) == word
            case outcome:
                assert outcome == Unsatisfiable()
                assert not possible


def test_a_position_with_one_token_needs_no_input():
    symbolic = Inputs(sorting("BOS [1-3]*", inputs.regex).inputs, 2)
    assert symbolic.tokens[0] == {0: 1}
    assert len(symbolic.graph.inputs) == 3


def test_lengths_share_a_graph_where_positions_are_independent_and_only_there():
    free = InputSpace(LANGUAGES["several tokens, one a position alone"])
    assert free.of(2).graph is free.of(4).graph
    assert free.of(2).tokens == free.of(4).tokens[:2]
    # Two of 2 · 2 combinations are words.
    tied = InputSpace(LANGUAGES["two tokens, counted"])
    assert tied.of(3).graph is not InputSpace(LANGUAGES["two tokens, counted"]).of(3).graph
    distinct = InputSpace(LANGUAGES["distinct"])
    assert distinct.of(1).graph is not distinct.of(2).graph


def test_from_the_right_positions_are_alike_that_have_as_many_behind_them():
    space = InputSpace(alta.programs.addition().inputs, from_right=True)
    short, long = space.of(5).tokens, space.of(9).tokens
    # s 1 + 1 e and s 123 + 123 e
    assert (short[1], short[3]) == (long[3], long[7])
    assert short[1] != short[3]


def test_what_is_merged_for_a_length_is_merged_for_others():
    space = InputSpace(LANGUAGES["several tokens, one a position alone"])

    def fold(length: int, order: int) -> int:
        tokens = space.of(length).tokens[1:][::order]
        return reduce(space.of(length).graph.xor, (guards[1] for guards in tokens))

    for length in (4, 5):
        first, second = space.of(length).sweeper.sweep([fold(length, 1), fold(length, -1)])
        assert first == second
    # The same again costs no question.
    calls = space.of(4).sweeper.calls.sat
    assert len(set(space.of(4).sweeper.sweep([fold(4, 1), fold(4, -1)]))) == 1
    assert space.of(4).sweeper.calls.sat == calls
