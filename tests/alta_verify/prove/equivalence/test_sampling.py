"""Sampling runs both programs on short inputs, and on some long ones."""

from __future__ import annotations

import pytest

from alta.limit import OutOfTime
from alta_verify.obligation import CutShort, NotShown, Refuted
from alta_verify.prove.equivalence import sampling
from alta_verify.prove.equivalence.comparison import Comparison
from alta_verify.prove.equivalence.sampling import show
from tests.alta_verify.prove.pairs_of_programs import COPY, NEGATION, compared


def test_equal_programs_agree_on_samples():
    assert show(compared(COPY, COPY), "").endswith("inputs run with both programs")


def test_different_ones_are_refuted():
    with pytest.raises(Refuted):
        show(compared(COPY, NEGATION), "")


def test_what_only_a_batch_says_is_left_open(monkeypatch):
    monkeypatch.setattr(Comparison, "suspects", lambda _, words: list(words))
    with pytest.raises(NotShown, match="no run on its own did"):
        show(compared(COPY, COPY), "")


def test_time_that_runs_out_is_said_once_something_was_run(monkeypatch):
    looks = iter([None, OutOfTime()])

    def checkpoint() -> None:
        if (late := next(looks)) is not None:
            raise late

    monkeypatch.setattr(sampling, "checkpoint", checkpoint)
    assert isinstance(show(compared(COPY, COPY), ""), CutShort)
    looks = iter([OutOfTime()])
    with pytest.raises(OutOfTime):
        show(compared(COPY, COPY), "")
