"""Ten programs that are not shipped, each with what it should compute and ways of breaking it."""

from __future__ import annotations

from functools import cache

import alta
from alta.nn.model import Model
from tests.cases import (
    automaton,
    brackets,
    histogram,
    increment,
    induction,
    most_frequent,
    palindrome,
    reversal,
    rule_110,
    smoothing,
)
from tests.cases.case import BrokenModel, BrokenProgram, Case

__all__ = ["CASES", "BrokenModel", "BrokenProgram", "Case", "compiled"]

CASES = {
    case.name: case
    for case in (
        automaton.CASE,
        brackets.CASE,
        histogram.CASE,
        increment.CASE,
        induction.CASE,
        most_frequent.CASE,
        palindrome.CASE,
        reversal.CASE,
        rule_110.CASE,
        smoothing.CASE,
    )
}


@cache
def compiled(name: str) -> Model:
    """The compiled model of a case."""
    return alta.compile(CASES[name].build())
