"""Sampling refutes what is wrong by the shortest input that shows it, and says what it ran."""

from __future__ import annotations

import pytest

import alta
from alta.limit import OutOfTime
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.obligation import CutShort, NotShown, Refuted
from alta_verify.prove.computes.context import Context
from alta_verify.prove.computes.sampling import show
from alta_verify.prove.computes.theorem import Computes
from alta_verify.search.lockstep import Lockstep
from tests.alta_verify.blocks import condition_of
from tests.alta_verify.mutants import with_arrays
from tests.alta_verify.prove.contexts import changed, right

PARITY = alta.programs.parity_sequential_relative()


def parity(model: alta.Model, seconds: float | None = None) -> Context:
    return Computes(Task(PARITY, model, 20, None, Deadline.after(seconds))).context


def test_right_weights_agree_on_all_inputs_that_are_run():
    assert show(right(), "").endswith("inputs run on both sides, every state compared")


def test_wrong_weights_are_refuted():
    with pytest.raises(Refuted):
        show(changed("mlp.lookup_out", ..., 0), "")


def test_a_shortest_counterexample_is_found_among_short_inputs():
    model = alta.compile(PARITY)
    bias = model.weights.mlp.expand_in_bias.copy()
    # The condition of a one behind an odd number of ones no longer holds.
    atoms = {"parity": 1, "done": 0, "parity_left": 1, "done_left": 1}
    bias[condition_of(model, atoms)] -= 2
    with pytest.raises(Refuted) as refuted:
        show(parity(with_arrays(model, {"mlp.expand_in_bias": bias})), "")
    assert refuted.value.counterexample.names == "START 1 1"
    assert refuted.value.counterexample.shortest


def test_sampling_gives_up_when_the_time_is_over_before_any_input_was_run():
    with pytest.raises(OutOfTime):
        show(parity(alta.compile(PARITY), seconds=0), "")


def test_what_only_a_batch_shows_is_left_open(monkeypatch):
    monkeypatch.setattr(Lockstep, "suspects", lambda *_: [(0, 1)])
    with pytest.raises(NotShown, match="a batch differed, but no run on its own did"):
        show(right(), "")


def test_a_head_that_reads_something_else_in_a_batch_alone_is_left_open(monkeypatch):
    def suspects(lockstep: Lockstep, batch: list) -> list:
        lockstep.read_otherwise.append((0, 1))
        return []

    monkeypatch.setattr(Lockstep, "suspects", suspects)
    with pytest.raises(NotShown, match="a head read something else in a batch"):
        show(right(), "")


def test_less_work_than_usual_is_said(monkeypatch):
    def suspects(lockstep: Lockstep, batch: list) -> list:
        if lockstep.inputs:
            raise OutOfTime
        lockstep.inputs += len(batch)
        return []

    monkeypatch.setattr(Lockstep, "suspects", suspects)
    assert isinstance(show(right(), ""), CutShort)
