"""Comparisons of small programs, by enumeration and by symbolic runs."""

from __future__ import annotations

import pytest

import alta
from alta.lang.program import Program
from alta_verify.claim.equivalent import Pair
from alta_verify.deadline import Deadline
from alta_verify.prove.equivalence import comparison
from alta_verify.prove.equivalence.comparison import Comparison

__all__ = ["COPY", "ENDLESS", "FAILING", "NEGATION", "compared", "symbolically"]


def _program(name: str, *rules, **options) -> Program:
    return alta.program_spec_from_rules(
        name=name,
        variables={"bit": alta.input_var(2), "out": alta.var(2)},
        heads={},
        rules=rules,
        output_name="out",
        input_range=2,
        **{"layers": 1, **options},
    )


COPY = _program("copy", alta.rule({"bit": 1}, "out", 1))
NEGATION = _program("negation", alta.rule({"bit": 0}, "out", 1))
FAILING = _program(
    "failing", alta.rule({"bit": 1}, "out", 1), alta.rule({"out": 0, "bit": 1}, "out", 0 + 1)
)
ENDLESS = _program("endless", layers=None, halt=alta.halt_spec("out", 1))


def compared(first: Program, second: Program, max_len: int = 2) -> Comparison:
    """Returns the context of a comparison."""
    return Comparison(
        Pair.of(first, second, max_len=max_len, max_layers=None, deadline=Deadline.after(None))
    )


def symbolically(patch: pytest.MonkeyPatch) -> None:
    """Lets nothing be enumerated."""
    patch.setattr(comparison, "_ENUMERABLE", -1)
