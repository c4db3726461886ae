"""Findings say why obligations are open, and once for all that time ran out for."""

from __future__ import annotations

from alta_verify.obligation import Obligation
from alta_verify.report.finding import Finding, Result, late_lines, reasons


def finding(kind: str, result: Result, method: str, *, late: bool = False) -> Finding:
    return Finding(Obligation(kind, "x"), "", result, method, 0.0, late=late)


FINDINGS = [
    finding("a", Result.PROVED, "seen"),
    finding("b", Result.OPEN, "too coarse"),
    finding("c", Result.OPEN, "cut short", late=True),
    finding("d", Result.OPEN, "cut short", late=True),
    finding("e", Result.OPEN, "not reached", late=True),
]


def test_a_finding_has_the_name_of_its_obligation():
    assert FINDINGS[0].name == "a[x]"


def test_only_what_is_open_has_a_reason():
    assert reasons(FINDINGS[:1]) == ()
    assert reasons(FINDINGS[:2]) == ("b[x]: too coarse",)


def test_what_time_ran_out_for_is_said_together():
    late = ["out of time: 2 obligations cut short (c[x], d[x])"]
    late.append("out of time: 1 obligation not reached (e[x])")
    assert late_lines(FINDINGS) == late
    assert reasons(FINDINGS) == ("b[x]: too coarse", *late)
