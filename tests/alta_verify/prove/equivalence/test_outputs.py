"""Outputs are the same on all inputs of a length, or some input refutes it."""

from __future__ import annotations

import pytest

from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.equivalence.comparison import JointRuns
from alta_verify.prove.equivalence.outputs import show
from tests.alta_verify.prove.pairs_of_programs import COPY, NEGATION, compared, symbolically


def test_few_inputs_are_run_through():
    assert show(compared(COPY, COPY), "2") == "enumeration of all 4 inputs"
    with pytest.raises(Refuted):
        show(compared(COPY, NEGATION), "2")


def test_many_are_run_symbolically(monkeypatch):
    symbolically(monkeypatch)
    assert show(compared(COPY, COPY), "2") == "symbolic runs in one graph; all guards merged"
    with pytest.raises(Refuted):
        show(compared(COPY, NEGATION), "2")


def test_a_difference_that_does_not_replay_is_left_open(monkeypatch):
    symbolically(monkeypatch)
    different = compared(COPY, NEGATION)
    monkeypatch.setattr(type(different), "replay", lambda *_: None)
    with pytest.raises(NotShown, match="position 0: a difference was found but did not replay"):
        show(different, "1")


def test_runs_that_are_not_complete_show_nothing(monkeypatch):
    symbolically(monkeypatch)
    monkeypatch.setattr(JointRuns, "advance", lambda _: None)
    with pytest.raises(NotShown, match="the first program: out of time or given up"):
        show(compared(COPY, COPY), "1")


def test_nothing_is_concluded_from_no_outputs(monkeypatch):
    symbolically(monkeypatch)
    monkeypatch.setattr(JointRuns, "outputs", lambda *_: {})
    with pytest.raises(Exception, match="no outputs of the first program"):
        show(compared(COPY, COPY), "1")
