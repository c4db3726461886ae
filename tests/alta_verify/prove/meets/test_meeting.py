"""A meeting runs programs beside what was meant, and leaves no input out."""

from __future__ import annotations

import pytest

from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.meets import meeting as module
from alta_verify.prove.meets.meeting import Meeting
from alta_verify.universal import Empty
from tests.alta_verify.prove.meets.meetings import meeting, zeros


def test_suspects_are_what_is_not_as_meant_shorter_ones_first():
    assert meeting().suspects([(2, 1), (2,)]) == []
    assert meeting(zeros).suspects([(2, 1, 0), (2, 1), (2, 0)]) == [(2, 1), (2, 1, 0)]
    assert meeting().suspects([]) == []


def test_an_input_that_is_not_as_meant_refutes():
    meeting().refute((2, 1))
    with pytest.raises(Refuted):
        meeting(zeros).refute((2, 1))


def test_all_inputs_are_run_once_and_counted():
    subject = meeting()
    assert subject.run_all() == "enumeration of all 15 inputs"
    subject.suspects = None  # type: ignore[assignment, method-assign]
    assert subject.run_all() == "enumeration of all 15 inputs"
    with pytest.raises(Refuted) as refuted:
        meeting(zeros).run_all()
    assert refuted.value.counterexample.tokens == (2, 1)


def test_inputs_that_are_left_out_are_missed(monkeypatch):
    monkeypatch.setattr(module, "chunks", lambda _: [])
    with pytest.raises(NotShown, match="0 inputs of 1 tokens were run"):
        meeting().run_all()


def test_nothing_is_concluded_of_no_inputs(monkeypatch):
    subject = meeting()
    monkeypatch.setitem(vars(subject.claim), "lengths", ())
    with pytest.raises(Empty):
        subject.run_all()


def test_a_batch_that_is_alone_with_its_finding_refutes_nothing(monkeypatch):
    monkeypatch.setattr(Meeting, "suspects", lambda self, words: list(words))
    with pytest.raises(NotShown, match="a batch was not as meant, but a run on its own was"):
        meeting().run_all()
