"""Findings: what became of each obligation of a theorem."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import final

from alta_verify.claim.wording import out_of_time

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
        name: for example ``"ffn[parity]"``.
        claim: what it says, in words.
        result: whether it was shown.
        method: how, or why not.
        seconds: wall time spent on it.
        cached: whether an earlier run showed it, and this one only found that in its cache.
        late: whether it is open because time ran out.
    """

    name: str
    claim: str
    result: Result
    method: str
    seconds: float
    cached: bool = False
    late: bool = False


def reasons(obligations: Iterable[Finding]) -> tuple[str, ...]:
    """Returns why obligations are open, those for which time ran out together."""
    open_ = [one for one in obligations if one.result is Result.OPEN]
    return (*(f"{one.name}: {one.method}" for one in open_ if not one.late), *late_lines(open_))


def late_lines(obligations: Iterable[Finding]) -> list[str]:
    """Returns a line for all that time ran out for in the same way."""
    late: dict[str, list[str]] = {}
    for one in obligations:
        if one.late:
            late.setdefault(one.method, []).append(one.name)
    return [out_of_time(method, names) for method, names in late.items()]
