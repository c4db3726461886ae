"""What was meant is proved beside the weights, and refuted beside right ones."""

from __future__ import annotations

import copy
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

import alta
from alta_verify import Counterexample, Deviation, Verdict, verify
from alta_verify.check.run import check
from alta_verify.obligation import NotShown
from alta_verify.prove.computes.spec import show
from tests.alta_verify.prove.contexts import right
from tests.alta_verify.prove.meets.meetings import zeros

PARITY = alta.programs.parity_sequential_relative()
MODEL = alta.compile(PARITY)
ORACLE: Any = PARITY.oracle


def test_right_weights_of_a_right_program_are_proved_to_do_what_was_meant(tmp_path):
    report = verify(PARITY, MODEL, max_len=5, spec=PARITY.oracle)
    assert report.proved
    assert report.obligations[-1].name == "spec"
    assert report.obligations[-1].method == "enumeration of all 31 inputs"
    assert "what the program's oracle (parity.py:" in report.claim
    # The certificate has it as data, and says so.
    report.save(tmp_path / "certificate")
    assert "is what the program's oracle (parity.py:" in check(tmp_path / "certificate").claim


def test_right_weights_of_a_wrong_program_are_refuted():
    report = verify(PARITY, MODEL, max_len=5, spec=zeros)
    assert report.verdict is Verdict.REFUTED
    assert isinstance(report.counterexample, Deviation)
    assert (report.counterexample.names, report.counterexample.shortest) == ("START 1", True)


def test_wrong_weights_of_a_right_program_are_refuted_as_ever():
    weights = copy.deepcopy(MODEL.weights)
    weights.compiled_mlp.lookup_in_bias[0] -= 1
    report = verify(PARITY, MODEL.with_weights(weights), max_len=5, spec=PARITY.oracle)
    assert isinstance(report.counterexample, Counterexample)
    assert report.counterexample.kind == "mismatch"


def test_nothing_is_shown_of_what_was_not_said():
    with pytest.raises(NotShown, match="nothing was said of what was meant"):
        show(right(), "")


@pytest.mark.campaign
def test_what_was_meant_is_shown_here_beside_workers():
    def local(tokens):
        # Which cannot be sent.
        return ORACLE(tokens)

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        report = verify(PARITY, MODEL, max_len=5, spec=local, executor=executor)
        assert report.proved
        refuted = verify(PARITY, MODEL, max_len=5, spec=zeros, executor=executor)
        assert refuted.verdict is Verdict.REFUTED
