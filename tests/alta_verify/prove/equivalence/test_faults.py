"""Every run of both programs ends without fault, or some input refutes it."""

from __future__ import annotations

import pytest

from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.equivalence.faults import FAULTS, show
from alta_verify.reach.answer import Undecided
from alta_verify.reach.symbolic.run import SymbolicRun
from tests.alta_verify.prove.pairs_of_programs import (
    COPY,
    ENDLESS,
    FAILING,
    compared,
    symbolically,
)


@pytest.mark.parametrize("kind", FAULTS)
def test_programs_without_fault_are_shown_to_be_so(kind, monkeypatch):
    assert show("first", compared(COPY, COPY), kind) == "enumeration of all 6 inputs"
    symbolically(monkeypatch)
    assert show("second", compared(COPY, COPY), kind)


def test_a_conflict_is_refuted_either_way(monkeypatch):
    with pytest.raises(Refuted):
        show("first", compared(FAILING, COPY), "conflict")
    symbolically(monkeypatch)
    with pytest.raises(Refuted):
        show("first", compared(FAILING, COPY), "conflict")
    assert show("second", compared(FAILING, COPY), "conflict")


def test_a_run_that_never_ends_is_refuted(monkeypatch):
    symbolically(monkeypatch)
    with pytest.raises(Refuted) as refuted:
        show("second", compared(COPY, ENDLESS), "endless")
    assert refuted.value.counterexample.kind == "endless"


def test_an_answer_that_is_none_leaves_it_open(monkeypatch):
    symbolically(monkeypatch)
    monkeypatch.setattr(SymbolicRun, "find", lambda *_: Undecided("gave up"))
    with pytest.raises(NotShown, match="gave up"):
        show("first", compared(FAILING, COPY), "conflict")
