"""Wording: numbers of any size, and lists that are said in a line."""

from __future__ import annotations

import json

import pytest

import alta
from alta_verify import verify
from alta_verify.claim.wording import as_number, in_figures, out_of_time


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
