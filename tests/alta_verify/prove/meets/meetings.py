"""What the tests of specifications share."""

from __future__ import annotations

from typing import Any

import alta
from alta.lang.program import Program
from alta_verify.claim.meets import Meets
from alta_verify.deadline import Deadline
from alta_verify.prove.computes.runs import Runs
from alta_verify.prove.meets.meeting import Meeting
from alta_verify.specs.meant import as_specification

PARITY = alta.programs.parity_sequential_relative()


def claimed(
    spec: Any = PARITY.oracle, max_len: int = 4, program: Program = PARITY, **bounds: Any
) -> Meets:
    deadline = Deadline.after(bounds.get("seconds"))
    meant = as_specification(spec)
    return Meets.of(program, meant, max_len, bounds.get("max_layers"), deadline)


def meeting(*arguments: Any, **bounds: Any) -> Meeting:
    claim = claimed(*arguments, **bounds)
    return Meeting(claim, Runs(claim))


def zeros(tokens: list[int]) -> list[int]:
    return [0] * len(tokens)
