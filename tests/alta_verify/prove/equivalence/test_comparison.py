"""A comparison shares runs between its obligations, and replays what refutes."""

from __future__ import annotations

import pytest

from alta_verify.obligation import Refuted
from tests.alta_verify.prove.pairs_of_programs import COPY, NEGATION, compared, symbolically


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
