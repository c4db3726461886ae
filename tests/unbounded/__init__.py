"""Programs that take inputs of any length, each with what was meant and with broken twins."""

from __future__ import annotations

from tests.unbounded import (
    comparison,
    depth,
    dyck,
    first_letter,
    generations,
    increments,
    last_letter,
    parity,
    prefix_or,
    running_maximum,
    status,
    sums,
)
from tests.unbounded.case import Case, Twin

__all__ = ["CASES", "Case", "Twin"]

CASES = {
    case.name: case
    for case in (
        *parity.CASES,
        running_maximum.CASE,
        prefix_or.CASE,
        *sums.CASES,
        depth.CASE,
        dyck.CASE,
        status.CASE,
        last_letter.CASE,
        *first_letter.CASES,
        *increments.CASES,
        comparison.CASE,
        generations.CASE,
    )
}
