"""Runs are of slices, and of no more than there is memory for."""

from __future__ import annotations

import pytest

import alta
from alta_verify.check import runs
from alta_verify.check.refused import Refused
from tests.alta_verify.check.theorems import (
    RUNS,
    theorem_of,
)


def test_runs_need_a_slice():
    hint = {"names": ["turn"], "defined": ["other"], "by": "words"}
    theorem = theorem_of(alta.programs.addition(), None, 9, [hint])
    with pytest.raises(Refused, match="not a slice"):
        theorem.show("program[undefined]")


def test_runs_that_would_take_too_much_memory_are_refused(monkeypatch):
    monkeypatch.setattr(runs, "_BYTES", 1000)
    theorem = theorem_of(alta.programs.addition(), None, 9, RUNS["addition"])
    with pytest.raises(Refused, match="more layers, or has more states, than are kept"):
        theorem.show("program[undefined]")
