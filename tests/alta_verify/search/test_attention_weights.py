"""Attention weights say what a head selects in the program and what the model attends to."""

from __future__ import annotations

import numpy as np

from alta.interp.run import run
from alta_verify.search.attention_weights import AttentionWeights, attention_weights
from tests.alta_verify.search.damage import PARITY, SORT, compiled, damaged, misled, refuting


def test_a_head_that_attends_elsewhere_is_named_with_what_it_attends_to():
    counterexample = refuting(misled(), 2, 1, 0)
    (weights,) = counterexample.explanation.attention
    assert counterexample.cause()[0] == str(weights)
    assert str(weights) == "head done_left: program selects 0; model attends to 1 with 1"


def test_attention_is_shared_as_softmax_shares_it():
    """The query says nothing, so that all four positions get as much."""
    model = damaged("sort", "heads.fetched.query", lambda array: array * 0)
    counterexample = refuting(model, 0, 2, 3, 1, program=SORT)
    (weights,) = counterexample.explanation.attention
    assert weights.weights == tuple((position, 0.25) for position in range(4))
    assert len(weights.selected) == 1
    (head,) = counterexample.to_json()["explanation"]["attention"]
    assert head == {
        "head": "fetched",
        "selected": list(weights.selected),
        "weights": [[position, 0.25] for position in range(4)],
    }


def test_a_right_model_attends_to_what_the_program_selects():
    model, word = compiled("parity"), (2, 1, 0, 1)
    state = run(PARITY, word).initial
    (stream,) = model.residual_streams(word, 0)
    for name, head in PARITY.heads.items():
        for position in range(len(word)):
            weights = attention_weights(model, name, head, state, np.asarray(stream), position)
            # Where nothing is selected, the model may attend to anything that its mask allows.
            if weights.selected:
                assert [position for position, _ in weights.weights] == list(weights.selected)


def test_of_many_positions_some_are_named_and_the_others_counted():
    weights = AttentionWeights("near", tuple(range(7)), ((3, 0.5), (1, 1 / 3)))
    assert str(weights) == (
        "head near: program selects 0, 1, 2, 3 and 3 more; model attends to 3 with 0.5, 1 with "
        "0.333"
    )
    assert str(AttentionWeights("far", (), ())).endswith(
        "program selects nothing; model attends to nothing"
    )
