"""A counterexample says in one sentence, in a table and as data what went wrong, and replays."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from alta.errors import ExecutionError, TokenError
from alta_verify.search.counterexample import find_difference
from tests.alta_verify.search.damage import (
    PARITY,
    compiled,
    parity_in_the_model,
    shuffled_sort,
    silent_sort,
    trapping,
)


@pytest.mark.parametrize("make", [parity_in_the_model, silent_sort, shuffled_sort, trapping])
def test_a_counterexample_shows_again_and_another_does_not(make):
    counterexample = make()
    assert counterexample.replay().confirmed
    assert not replace(counterexample, layer=counterexample.layer + 1).replay().confirmed


def test_a_replay_has_the_runs_of_both_sides_or_the_error():
    replay = parity_in_the_model().replay()
    assert replay.interpreter.outputs != replay.model.outputs
    replay = trapping().replay()
    assert isinstance(replay.interpreter, ExecutionError)
    assert replay.model is None


def test_a_mismatch_is_said_in_one_sentence():
    assert str(parity_in_the_model()) == (
        "on input 'START 1 1', after layer 2, position 2: parity is 0 in the program and UNDEFINED "
        "in the model"
    )


def test_a_failure_of_the_program_is_said_in_its_words():
    counterexample = trapping()
    assert str(counterexample).startswith("on input '0 1': ")
    assert "'steps' has the values" in str(counterexample)
    assert (counterexample.kind, counterexample.expected) == ("range", None)


def test_what_says_where_it_shows_is_in_the_data():
    data = json.loads(json.dumps(shuffled_sort().to_json()))
    assert data["tokens"] == [0]
    assert data["names"] == "BOS"
    assert (data["layer"], data["position"], data["variable"]) == (0, 0, "token")
    assert (data["expected"], data["actual"], data["kind"]) == (0, 3, "mismatch")
    assert data["shortest"] is False


def test_the_cause_is_a_rule_and_neurons():
    rule, neuron = parity_in_the_model().cause()
    assert rule == (
        "program: rule 'parity=1 & done=0 & parity_left=1 & done_left=1 -> parity := 0'"
    )
    assert neuron.startswith("model: neuron ")
    assert neuron.endswith(", at 1, adds (0, -1)")


def test_what_nobody_writes_is_said_to_be_written_by_nobody():
    assert silent_sort().cause() == [
        "program: rule 'fetched=1 -> sorted := 1'",
        "model: no neuron writes sorted",
    ]


@pytest.mark.parametrize("make", [shuffled_sort, trapping], ids=lambda make: make.__name__)
def test_what_no_layer_wrote_has_no_cause(make):
    assert make().cause() == []


def test_a_right_model_has_no_counterexample_and_wrong_tokens_are_refused():
    assert find_difference(PARITY, compiled("parity"), (2, 1), None) is None
    with pytest.raises(TokenError):
        find_difference(PARITY, compiled("parity"), (2, 7), None)
