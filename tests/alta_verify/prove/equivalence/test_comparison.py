"""A comparison shares runs between its obligations, and replays what refutes."""

from __future__ import annotations

import pytest

from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.equivalence import comparison
from alta_verify.prove.equivalence.comparison import Comparison, JointRuns
from alta_verify.reach.symbolic.graph import FALSE, TRUE
from alta_verify.reach.symbolic.sweep import GaveUp
from tests.alta_verify.prove.pairs_of_programs import (
    COPY,
    ENDLESS,
    FAILING,
    NEGATION,
    compared,
    symbolically,
)


def test_runs_of_a_length_are_made_once():
    pair = compared(COPY, COPY)
    assert pair.joint_runs(1) is pair.joint_runs(1)
    assert pair.joint_runs(1) is not pair.joint_runs(2)


def test_few_inputs_are_enumerable_and_many_are_not(monkeypatch):
    assert compared(COPY, COPY).enumerable
    symbolically(monkeypatch)
    assert not compared(COPY, COPY).enumerable


def test_an_input_refutes_where_outputs_differ_and_only_there():
    compared(COPY, COPY).refute((0,))
    with pytest.raises(Refuted):
        compared(COPY, NEGATION).refute((0,))


def test_the_inputs_of_a_length_are_counted_and_run_once(monkeypatch):
    pair = compared(COPY, COPY)
    assert pair.run_all(2) == 4
    monkeypatch.setattr(Comparison, "suspects", lambda *_: pytest.fail("run again"))
    assert pair.run_all(2) == 4


def test_a_disagreement_refutes():
    with pytest.raises(Refuted):
        compared(COPY, NEGATION).run_all(1)


def test_inputs_that_are_left_out_are_missed(monkeypatch):
    monkeypatch.setattr(comparison, "chunks", lambda _: [])
    with pytest.raises(NotShown, match="0 inputs were run, not 2"):
        compared(COPY, COPY).run_all(1)


WORDS = [(0, 0), (0, 1), (1, 1)]


def suspects(first, second):
    return compared(first, second).suspects(WORDS)


def test_programs_that_agree_leave_no_suspect():
    assert suspects(COPY, COPY) == []
    assert compared(COPY, NEGATION).suspects([]) == []


def test_every_input_on_which_outputs_differ_is_one():
    assert suspects(COPY, NEGATION) == WORDS


def test_so_is_every_input_on_which_a_program_fails_or_never_ends():
    assert suspects(COPY, FAILING) == [(0, 1), (1, 1)]
    assert suspects(FAILING, FAILING) == [(0, 1), (1, 1)]
    assert suspects(ENDLESS, COPY) == WORDS


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
