"""Certificates of theorems about inputs of any length: an invariant is checked, not believed."""

from __future__ import annotations

import copy
import json
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import alta
from alta.lang.program import program_text
from alta_verify.certificate.evidence import find_evidence
from alta_verify.certificate.writing import lay_out
from alta_verify.check.refused import Refused
from alta_verify.check.run import Outcome, check
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.report.report import CertificateError
from tests.alta_verify.mutants import with_arrays
from tests.unbounded import CASES

PARITY = alta.programs.parity_sequential_relative()
OFTEN = ("parity_of_every_second", "last_letter")


@cache
def model() -> alta.Model:
    return alta.compile(PARITY)


def task(program=PARITY, subject=None, max_layers=None) -> Task:
    return Task(program, subject or model(), None, max_layers, Deadline.after(None))


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """A certificate of parity on inputs of any length."""
    folder = tmp_path_factory.mktemp("certificate")
    certify(folder, partial(find_evidence, task()))
    return folder


def certify(folder, evidence, program=PARITY, subject=None, max_len=None) -> Outcome:
    lay_out(
        folder,
        program=program_text(program),
        model=subject or model(),
        max_len=max_len,
        max_layers=None,
        prover={},
        evidence=evidence,
    )
    return check(folder)


def evidence(written: Path) -> dict[str, Any]:
    return json.loads((written / "evidence.json").read_text())


def refusal(tmp_path: Path, said: dict[str, Any], subject=None) -> str:
    """Returns why a certificate with some evidence is refused, by whoever writes or checks it."""
    try:
        outcome = certify(tmp_path, lambda _: copy.deepcopy(said), subject=subject)
    except Refused as refused:
        # What the checker would refuse it does not derive questions from.
        return str(refused)
    assert not outcome.checked
    return str(outcome.reason)


def test_a_theorem_about_every_length_is_checked(written):
    outcome = check(written)
    assert outcome.checked, outcome.reason
    assert "of any length up to N = 2147483647 tokens" in outcome.claim
    assert any("an invariant" in step.how for step in outcome.steps)


@pytest.mark.parametrize(
    "name",
    [name if name in OFTEN else pytest.param(name, marks=pytest.mark.campaign) for name in CASES],
)
def test_cases_are_checked(name, tmp_path):
    program = CASES[name].build()
    subject = alta.compile(program)
    found = partial(find_evidence, task(program, subject))
    outcome = certify(tmp_path, found, program, subject)
    assert outcome.checked, outcome.reason


# --- evidence that was tampered with --------------------------------------------------------------


def test_without_its_patterns_nothing_is_excluded(written, tmp_path):
    said = evidence(written) | {"patterns": []}
    assert "program[undefined]" in refusal(tmp_path, said)


@pytest.mark.parametrize("number", range(2))
def test_each_pattern_is_needed(written, tmp_path, number):
    said = evidence(written)
    assert len(said["patterns"]) == 2
    del said["patterns"][number]
    assert refusal(tmp_path, said)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ([{"done": [0]}], "an input may start with pattern 2"),
        ([{"done": [1], "first": [0]}], "a layer may lead to pattern 2"),
        ([{}], "an input may start with pattern 2"),
        ([], "neighbours of pattern 2"),
        ([{"done": [7]}], "says of 'done'"),
        ([{"finished": [0]}], "an object with some of"),
        ([{"done": ["0"]}], "from 0, got '0'"),
    ],
    ids=str,
)
def test_a_pattern_that_holds_of_no_invariant_is_refused(written, tmp_path, pattern, reason):
    said = evidence(written)
    said["patterns"].append(pattern)
    assert reason in refusal(tmp_path, said)


@pytest.mark.parametrize(
    ("automaton", "reason"),
    [
        ({"start": 0, "accepting": [0], "moves": [[[2, 1]], [[0, 1], [1, 1]]]}, "ends an input"),
        ({"start": 0, "accepting": [1], "moves": [[[2, 1]], [[0, 1]]]}, "no move for token 1"),
        ({"start": 2, "accepting": [1], "moves": [[[2, 1]], [[0, 1]]]}, "one of 2 states"),
        ({"start": 0, "accepting": [1], "moves": [[[2, 1], [2, 0]], []]}, "one move a token"),
        ({"start": 0, "accepting": [1], "moves": [[[2]], []]}, "a token and the state"),
    ],
    ids=str,
)
def test_an_automaton_of_another_language_is_refused(written, tmp_path, automaton, reason):
    assert reason in refusal(tmp_path, evidence(written) | {"automaton": automaton})


def test_states_that_occur_cannot_be_excluded(written, tmp_path):
    said = evidence(written)
    said["excluded"] = [{"variable": "parity", "states": [{"done": 0, "done_left": 1}]}]
    assert "it is not shown that" in refusal(tmp_path, said)


def test_evidence_of_bounded_inputs_is_no_evidence(written, tmp_path):
    said = {"value_sets": [], "runs": [], "excluded": []}
    assert "expected an object with automaton, patterns, excluded" in refusal(tmp_path, said)
    with pytest.raises(Refused, match="expected an object with value_sets, runs, excluded"):
        certify(tmp_path, lambda _: evidence(written), max_len=5)


# --- weights that are wrong, and models that end --------------------------------------------------


@pytest.mark.parametrize("array", ["token_embedding", "mlp.lookup_out"])
def test_wrong_weights_are_refused(written, tmp_path, array):
    arrays = {array: np.array(_array(array))}
    arrays[array][0] += 1
    assert refusal(tmp_path, evidence(written), with_arrays(model(), arrays))


def _array(name: str) -> Any:
    at = model().dense().weights
    for part in name.split("."):
        at = getattr(at, part)
    return at


def test_a_model_that_takes_no_more_than_some_tokens_is_refused(written, tmp_path):
    reason = refusal(tmp_path, evidence(written), alta.compile(PARITY, max_len=9))
    assert "no more than 9 tokens, not any" in reason


def test_what_cannot_be_excluded_has_no_certificate(tmp_path):
    # Without a start there is a first position that asks for its left neighbour.
    program = alta.replace(PARITY, inputs=alta.inputs.regex("(0|1)+"))
    with pytest.raises(CertificateError, match=r"program\[undefined\]"):
        certify(tmp_path, partial(find_evidence, task(program)), program)
