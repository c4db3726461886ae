"""Findings: what became of each obligation of a theorem."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import final

from alta_verify.claim.bounds import out_of_time
from alta_verify.obligation import Obligation

__all__ = ["Finding", "Result", "late_lines", "reasons"]


@final
class Result(StrEnum):
    """What became of one obligation."""

    PROVED = "proved"
    FAILED = "failed"
    OPEN = "open"


@final
@dataclass(frozen=True)
class Finding:
    """What became of one obligation.

    Attributes:
        obligation: which one.
        claim: what it says, in words.
        result: whether it was shown.
        method: how, or why not.
        seconds: wall time spent on it.
        cached: whether an earlier run showed it, and this one only found that in its cache.
        late: whether it is open because time ran out.
        rests_on: the open obligation without which it could not be looked at.
    """

    obligation: Obligation
    claim: str
    result: Result
    method: str
    seconds: float
    cached: bool = False
    late: bool = False
    rests_on: Obligation | None = None

    @property
    def name(self) -> str:
        """The name of the obligation, for example ``"ffn[parity]"``."""
        return str(self.obligation)


def reasons(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Returns why obligations are open, those for which time ran out together."""
    still = [finding for finding in findings if finding.result is Result.OPEN]
    in_time = (f"{finding.name}: {finding.method}" for finding in still if not finding.late)
    return (*in_time, *late_lines(still))


def late_lines(findings: Iterable[Finding]) -> list[str]:
    """Returns a line for all that time ran out for in the same way."""
    late: dict[str, list[str]] = {}
    for finding in findings:
        if finding.late:
            late.setdefault(finding.method, []).append(finding.name)
    return [out_of_time(method, names) for method, names in late.items()]
