"""What is said to occur in no run has to be shown not to, by value sets or by runs.

Runs are of slices, and of no more than there is memory for.
"""

from __future__ import annotations

import json

import pytest

import alta
from alta.lang.rules import Rule
from alta_verify.check import runs
from alta_verify.check.refused import Refused
from tests.alta_verify.check.theorems import (
    LONG,
    RUNS,
    evidence,
    mutated,
    theorem,
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


def test_a_state_that_is_said_not_to_occur_has_to_be_shown_not_to():
    found = json.loads(evidence("relative"))
    found["excluded"] = [{"variable": "parity", "states": [{"parity": 0, "done": 0}]}]
    subject = theorem("relative", evidence=found)
    with pytest.raises(Refused, match="it is not shown that"):
        subject.show("ffn[parity]")


def test_conflicts_are_found_without_the_weights():
    program, model = mutated("relative")
    again = Rule((), "parity", 0)
    theorem = theorem_of(alta.replace(program, rules=(*program.rules, again)), model, LONG)
    with pytest.raises(Refused, match="fire together"):
        theorem.show("program[conflict]")


def test_undefined_reads_are_found_unless_runs_exclude_them():
    theorem = theorem_of(alta.programs.addition(), None, 9)
    with pytest.raises(Refused, match="which is UNDEFINED"):
        theorem.show("program[undefined]")
    assert "runs of slices" in theorem_of(alta.programs.addition(), None, 9, RUNS["addition"]).show(
        "program[undefined]"
    )
