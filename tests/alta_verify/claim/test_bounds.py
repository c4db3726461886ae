"""Bounds that are none are refused in words; numbers of any size are said, and lists in a line."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest

import alta
from alta_verify import equivalent, verify
from alta_verify.claim.bounds import as_number, check_timeout, in_figures, out_of_time

PROGRAM = alta.programs.parity_sequential_relative()

NO_TIMES = ["5", True, False, -1, -0.5, float("nan"), float("-inf"), 1j, [5], Decimal(5)]


@pytest.mark.parametrize("timeout", NO_TIMES)
@pytest.mark.parametrize(
    "ask",
    [
        lambda timeout: verify(PROGRAM, max_len=3, timeout=timeout),
        lambda timeout: equivalent(PROGRAM, PROGRAM, max_len=3, timeout=timeout),
    ],
    ids=["verify", "equivalent"],
)
def test_a_timeout_that_is_no_number_of_seconds_is_refused(ask, timeout):
    with pytest.raises(alta.AltaError, match="timeout: expected a number of seconds") as raised:
        ask(timeout)
    assert f"timeout={timeout!r}" in str(raised.value)


@pytest.mark.parametrize("timeout", [None, 0, 0.0, 3, Fraction(1, 2), float("inf"), 1e300])
def test_numbers_of_seconds_are_timeouts(timeout):
    check_timeout(timeout)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0"),
        (1234567, "1,234,567"),
        (12345678, "1.23e+07 (exactly 12,345,678)"),
        (2**1024, "about 1.79e+308"),
        (10**5000, "about 1.00e+5000"),
        (10**30 - 1, "1e+30 (exactly 999,999,999,999,999,999,999,999,999,999)"),
    ],
    ids=["0", "millions", "ten millions", "2^1024", "10^5000", "10^30 - 1"],
)
def test_a_number_of_any_size_is_said(count, words):
    assert in_figures(count) == words


def test_numbers_that_no_reader_of_json_holds_are_said_in_words():
    assert as_number(12) == 12
    assert json.loads(json.dumps(as_number(2**20000))) == "about 3.98e+6020"


def test_a_language_with_more_inputs_than_a_float_holds_has_a_report():
    report = verify(alta.programs.parity_sequential_relative(), max_len=1030, timeout=0)
    assert "on each of the about 1.15e+310 inputs" in report.claim
    assert report.to_json()


def test_what_was_late_is_said_in_a_line():
    assert out_of_time("cut short", ["a", "b"]) == "out of time: 2 obligations cut short (a, b)"
    assert out_of_time("not reached", ["a"]) == "out of time: 1 obligation not reached (a)"
