"""The selected key has to have the weight, and scores of others to be far below."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

import alta
from alta_verify.claim.computes import Task
from alta_verify.claim.extent import UpTo
from alta_verify.deadline import Deadline
from alta_verify.obligation import NotShown
from alta_verify.prove.computes.softmax import show
from alta_verify.prove.computes.theorem import Computes
from tests.alta_verify.prove.contexts import HEAD, changed, context_of, right

RELATIVE = alta.programs.parity_sequential_relative()


def test_compiled_scores_have_a_gap():
    assert show(right(), HEAD).startswith("score gap 256 at ")


def test_a_mask_of_one_offset_needs_no_scores():
    context = context_of(RELATIVE, alta.compile(RELATIVE))
    assert show(context, HEAD) == "the mask allows one position at most"


def test_scores_that_are_all_alike_are_left_open():
    with pytest.raises(NotShown, match="score gap 0 at "):
        show(changed(f"heads.{HEAD}.query", ..., 0), HEAD)


def test_scores_that_may_overflow_are_left_open(monkeypatch):
    scores, huge = right().network.scores, right().task.format.huge
    monkeypatch.setitem(scores, HEAD, replace(scores[HEAD], largest=huge))
    with pytest.raises(NotShown, match="scores reach "):
        show(right(), HEAD)


def test_scores_of_keys_that_are_averaged_have_to_be_near(monkeypatch):
    scores, abstraction = right().network.scores, type(right().task.abstraction)
    monkeypatch.setattr(abstraction, "averages", lambda *_: True)
    monkeypatch.setitem(scores, HEAD, replace(scores[HEAD], spread=Fraction(1, 32)))
    with pytest.raises(NotShown, match=r"selected together have scores up to 0\.0312 apart"):
        show(right(), HEAD)


def test_a_leak_in_the_reals_is_said():
    assert "leak ≤ 2^-" in show(right(), HEAD)
    assert show(right(), HEAD).endswith("in the reals, 0 in floats")


def test_longer_inputs_than_are_bounded_are_left_open(monkeypatch):
    # As many values are mixed as there are positions.
    program = alta.programs.parity_sequential_absolute(max_length=4)
    task = Task(program, alta.compile(program), 4, None, Deadline.after(None))
    monkeypatch.setattr(UpTo, "longest", 2**23)
    with pytest.raises(NotShown, match="a mixture of 8388608 values is one of too many"):
        show(Computes(task).context, HEAD)
