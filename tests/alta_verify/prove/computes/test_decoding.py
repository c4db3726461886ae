"""Related states have to decode to the same values, and the halt test to tell them apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

import alta
from alta_verify.obligation import NotShown, Obligation
from alta_verify.prove.computes import decoding
from alta_verify.prove.computes.decoding import show
from tests.alta_verify.prove.contexts import ABSOLUTE, context_of, model, right


def test_the_codes_of_a_compiled_model_decode():
    assert "the halt test and the output decode alike" in show(right(), "")


@pytest.mark.parametrize("answer", [False, None], ids=["to something else", "nothing"])
def test_codes_that_do_not_are_named(answer, monkeypatch):
    monkeypatch.setattr(decoding, "decodes", lambda *_: answer)
    with pytest.raises(NotShown, match=r"parity=0 is \(.*\), which does not decode to it"):
        show(right(), "")


@pytest.mark.parametrize("answer", [True, False, None])
def test_a_halt_test_that_does_not_tell_is_left_open(answer, monkeypatch):
    monkeypatch.setattr(decoding, "passes", lambda *_: answer)
    with pytest.raises(NotShown, match="the model's halt test does not tell done="):
        show(right(), "")


def test_a_side_that_does_not_halt_is_for_the_architecture():
    other = replace(model(), program=alta.replace(ABSOLUTE, halt=None, layers=4))
    with pytest.raises(NotShown, match="one side halts") as reason:
        show(context_of(ABSOLUTE, other), "")
    assert reason.value.owner == Obligation("architecture")
