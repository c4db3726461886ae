"""Joint runs share their inputs, and answer with one of them or with none."""

from __future__ import annotations

import pytest

from alta_verify.obligation import NotShown
from alta_verify.prove.equivalence.symbolic import JointRuns
from alta_verify.reach.symbolic.graph import FALSE, TRUE
from alta_verify.reach.symbolic.sweep import GaveUp
from tests.alta_verify.prove.pairs_of_programs import COPY, NEGATION, compared


def joint() -> JointRuns:
    return compared(COPY, NEGATION).joint_runs(1)


def test_equal_guards_are_one_literal_between_programs():
    first, second = (joint().outputs(side, 0) for side in ("first", "second"))
    assert first.keys() == second.keys() == {0, 1}
    runs = compared(COPY, COPY).joint_runs(1)
    assert runs.outputs("first", 0) == runs.outputs("second", 0)


def test_an_input_is_found_exactly_where_there_is_one():
    assert joint().input_with(TRUE) in {(0,), (1,)}
    assert joint().input_with(FALSE) is None


def test_no_answer_is_not_taken_for_none(monkeypatch):
    runs = joint()
    monkeypatch.setattr(type(runs.inputs.sweeper), "witness", lambda *_, **__: GaveUp())
    with pytest.raises(NotShown, match="out of time or given up"):
        runs.input_with(TRUE)
