"""All inputs of a length are run once, and as many as there are."""

from __future__ import annotations

import pytest

from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.equivalence import enumeration
from alta_verify.prove.equivalence.enumeration import run_all
from alta_verify.prove.equivalence.side_by_side import SideBySide
from tests.alta_verify.prove.pairs_of_programs import COPY, NEGATION, compared


def test_the_inputs_of_a_length_are_counted_and_run_once(monkeypatch):
    pair = compared(COPY, COPY)
    assert run_all(pair, 2) == 4
    monkeypatch.setattr(SideBySide, "suspects", lambda *_: pytest.fail("run again"))
    assert run_all(pair, 2) == 4


def test_a_disagreement_refutes():
    with pytest.raises(Refuted):
        run_all(compared(COPY, NEGATION), 1)


def test_inputs_that_are_left_out_are_missed(monkeypatch):
    monkeypatch.setattr(enumeration, "islice", lambda *_: [])
    with pytest.raises(NotShown, match="0 inputs were run, not 2"):
        run_all(compared(COPY, COPY), 1)
