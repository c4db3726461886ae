"""`verify` checks its arguments, states the theorem within all bounds, and decides it."""

from __future__ import annotations

import dataclasses

import pytest

import alta
from alta.errors import AltaError, ModelError
from alta_verify import Verdict, verify

PROGRAM = alta.programs.parity_sequential_relative()
MODEL = alta.compile(PROGRAM, max_len=3)


def test_a_compiled_model_is_proved_and_a_wrong_one_refuted():
    assert verify(PROGRAM, MODEL, max_len=3).proved
    other = dataclasses.replace(PROGRAM, mlp=PROGRAM.rules[1:])
    report = verify(other, MODEL, max_len=3)
    assert report.verdict is Verdict.REFUTED
    assert report.counterexample is not None
    assert report.counterexample.replay().confirmed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_len": 0}, "max_len: expected an int of at least 1, got 0"),
        ({"max_layers": -1}, "max_layers: expected an int of at least 0, got -1"),
        ({"timeout": float("nan")}, "timeout: expected a number of seconds"),
    ],
)
def test_malformed_bounds_are_refused(options, message):
    with pytest.raises(AltaError, match=message):
        verify(PROGRAM, MODEL, **options)


def test_what_is_no_program_or_no_model_is_refused():
    with pytest.raises(AltaError, match=r"verify: expected an alta\.Program, got 'parity'"):
        verify("parity")
    with pytest.raises(AltaError, match="verify: expected a model from"):
        verify(PROGRAM, "weights")


def test_a_function_has_no_weights_to_prove_anything_of():
    with pytest.raises(ModelError, match="a model with a function as its block"):
        verify(PROGRAM, MODEL.with_mlp(lambda x: x), max_len=3)


def test_the_bound_is_the_least_that_either_side_has():
    report = verify(PROGRAM, MODEL, max_len=5)
    assert "of 1 to 3 tokens (asked for 5; program or model takes no more)" in report.claim
    assert report.facts["max_len"] == 3


def test_a_language_without_inputs_is_vacuous():
    empty = alta.replace(PROGRAM, inputs=alta.inputs.regex("START 0{7}"))
    report = verify(empty, max_len=3)
    assert report.verdict is Verdict.VACUOUS
    assert report.reasons == ("the input language has no sequence of 1 to 3 tokens",)


def test_without_any_time_the_report_says_what_would_have_to_be_shown():
    report = verify(PROGRAM, MODEL, max_len=3, timeout=0)
    assert report.verdict is Verdict.UNKNOWN
    assert all(finding.late for finding in report.obligations)
    assert report.advice == (
        "time: allow more (`timeout=`, `--timeout`), or ask for shorter inputs",
    )
