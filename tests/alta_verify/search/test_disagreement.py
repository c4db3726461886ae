"""Two programs disagree where they end otherwise, or where one of them gives no outputs."""

from __future__ import annotations

import json
from dataclasses import replace

import alta
from alta_verify.search.disagreement import find_disagreement
from tests.alta_verify.search.damage import PARITY

FIRST = alta.replace(PARITY, name="first one")
DONE = alta.replace(PARITY, name="done", output_name="done")
ENDLESS = alta.replace(
    PARITY,
    name="turning",
    rules=[alta.rule({"parity": bit}, "parity", 1 - bit) for bit in (0, 1)],
)
FAILING = alta.replace(
    PARITY, name="failing", rules=[alta.rule({"done": 1}, "parity", bit) for bit in (0, 1)]
)


def test_a_program_agrees_with_itself():
    assert find_disagreement(FIRST, PARITY, (2, 1, 1), None) is None


def test_outputs_that_differ_are_said_with_their_place():
    disagreement = find_disagreement(FIRST, DONE, (2, 1, 1), None)
    assert disagreement is not None
    assert (disagreement.kind, disagreement.culprit) == ("mismatch", None)
    assert disagreement.positions == (0, 2)
    assert str(disagreement) == (
        "on input 'START 1 1', position 0 (and 1 more): the output is 0 in the first program "
        "(first one, after 2 layers) and 1 in the second program (done, after 2 layers)"
    )


def test_a_program_that_never_ends_gives_no_outputs():
    disagreement = find_disagreement(FIRST, ENDLESS, (2, 1), None)
    assert disagreement is not None
    assert (disagreement.kind, disagreement.culprit) == ("endless", "second")
    assert disagreement.positions == ()
    assert str(disagreement) == (
        "on input 'START 1', the second program (turning) never ends: the state after layer 2 was "
        "there before"
    )


def test_two_programs_without_outputs_do_not_agree():
    disagreement = find_disagreement(FAILING, ENDLESS, (2, 1), None)
    assert disagreement is not None
    assert (disagreement.kind, disagreement.culprit) == ("conflict", "first")
    assert str(disagreement).endswith("; the second one gives no outputs either")
    assert find_disagreement(ENDLESS, ENDLESS, (2, 1), None) is not None


def test_a_disagreement_shows_again_and_another_does_not():
    disagreement = find_disagreement(FIRST, DONE, (2, 1, 1), None)
    assert disagreement is not None
    assert disagreement.replay().confirmed
    assert not replace(disagreement, tokens=(2, 1)).replay().confirmed


def test_the_data_say_how_both_ended():
    disagreement = find_disagreement(FIRST, FAILING, (2, 1), None)
    assert disagreement is not None
    data = json.loads(json.dumps(disagreement.to_json()))
    assert data["first"]["outputs"] == [0, 1]
    assert data["first"]["fault"] is None
    assert data["second"]["outputs"] is None
    assert data["second"]["fault"] == "conflict"
    assert data["second"]["error"]
    assert data["shortest"] is False
