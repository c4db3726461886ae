"""Executions: chunks, failures, and who is told of what."""

import numpy as np
import pytest

import alta
from alta.interp.batch import Transitions, execute
from tests.alta.lang.toys import TRAP

PARITY = alta.programs.parity_sequential_relative()
WORDS = np.array([[2, 1, 0, 1], [2, 0, 0, 0], [2, 1, 1, 1]])


def test_a_batch_may_be_worked_on_in_chunks(monkeypatch):
    whole = execute(PARITY, WORDS, None)
    monkeypatch.setattr("alta.interp.batch.execution._CHUNK", 5)
    parts = execute(PARITY, WORDS, None)
    assert parts.outputs == whole.outputs == [(0, 1, 1, 0), (0, 0, 0, 0), (0, 1, 0, 1)]
    assert (parts.n_layers == whole.n_layers).all()
    assert (parts.final == whole.final).all()


def test_failures_are_told_by_sequence_in_all_chunks(monkeypatch):
    monkeypatch.setattr("alta.interp.batch.execution._CHUNK", 1)
    failures = execute(TRAP, np.array([[0, 0], [0, 1], [1, 0]]), 1).failures
    assert {row: (failure.layer, failure.position) for row, failure in failures.items()} == {
        1: (1, 1),
        2: (1, 0),
    }


def test_tables_of_another_program_are_refused():
    with pytest.raises(ValueError, match="expected transitions of the program 'trap'"):
        execute(TRAP, WORDS, 1, transitions=Transitions(PARITY))


def test_nothing_is_executed_of_nothing():
    assert execute(PARITY, np.empty((0, 3), dtype=np.int64), None).outputs == []


# --- who is told ----------------------------------------------------------------------------------


def test_ends_are_told_as_they_come():
    told = []
    words = np.array([[2, 1, 0, 1], [2, 0, 0, 0], [2, 1, 1, 1]])
    execute(PARITY, words, None, ended=told.append)
    assert sum(told) == 3
