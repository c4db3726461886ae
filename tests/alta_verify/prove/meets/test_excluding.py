"""What no input satisfies is excluded; an input that does is run before it refutes."""

from __future__ import annotations

import pytest

from alta.limit import OutOfTime
from alta_verify.deadline import Deadline
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.meets.excluding import excluded, given_up
from alta_verify.reach.symbolic.graph import FALSE
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.sweep import GaveUp, Sweeper
from tests.alta_verify.prove.meets.meetings import PARITY, meeting, zeros


def test_a_literal_of_no_input_needs_no_solver():
    inputs = Inputs(PARITY.inputs, 3)
    assert not excluded(meeting(zeros), inputs, FALSE, "here")


def test_an_input_is_run_before_it_refutes():
    inputs = Inputs(PARITY.inputs, 3)
    ones = inputs.graph.all_of([inputs.tokens[1][1], inputs.tokens[2][1]])
    with pytest.raises(Refuted) as refuted:
        excluded(meeting(zeros), inputs, ones, "here")
    assert refuted.value.counterexample.tokens == (2, 1, 1)
    with pytest.raises(NotShown, match="here: a difference was found but did not replay"):
        excluded(meeting(), inputs, ones, "here")


def test_what_is_given_up_is_late_or_open(monkeypatch):
    inputs = Inputs(PARITY.inputs, 3)
    monkeypatch.setattr(Sweeper, "witness", lambda *_, **__: GaveUp())
    with pytest.raises(NotShown, match="here: the SAT solver gave up"):
        excluded(meeting(), inputs, inputs.tokens[1][1], "here")
    assert isinstance(given_up(Deadline.after(0), "late"), OutOfTime)
