"""The inputs of a length are exactly the assignments on which the premise holds."""

from __future__ import annotations

from itertools import product

import pytest

from alta import inputs
from alta.inputs.language import InputLanguage
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.sweep import Unsatisfiable, Witness
from tests.alta_verify.reach.examples import sorting

LANGUAGES = {
    "two tokens, counted": sorting("BOS (1 2|2 1)", inputs.regex).inputs,
    "several tokens, one a position alone": sorting("BOS [1-3]*", inputs.regex).inputs,
    "distinct": sorting("[1-3]*", inputs.distinct).inputs,
}


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=list(LANGUAGES))
def test_there_is_an_assignment_for_every_word_and_for_nothing_else(language: InputLanguage):
    symbolic = Inputs(language, 3)
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
