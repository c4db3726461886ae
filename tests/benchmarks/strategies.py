"""Strategies: how many programs Hypothesis draws in a minute."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, settings

from alta import Program
from alta_verify.strategies import KINDS, programs

__all__ = ["Drawing", "drawing"]

_PROGRAMS = 50

_CASES = {
    "": {},
    "total=True": {"total": True},
    "kinds=KINDS": {"kinds": KINDS},
    "kinds=KINDS, total=True": {"kinds": KINDS, "total": True},
}


@dataclass(frozen=True)
class Drawing:
    """One row: CPU seconds for some programs, and how many a minute that are."""

    name: str
    seconds: float
    a_minute: float


def drawing(repeat: int) -> list[Drawing]:
    """Measures generation alone, without shrinking, always with the same programs."""
    rows = []
    for name, options in _CASES.items():
        seconds = statistics.median(_seconds(options) for _ in range(repeat))
        rows.append(Drawing(name, seconds, 60 * _PROGRAMS / seconds))
    return rows


def _seconds(options: dict[str, object]) -> float:
    @settings(
        max_examples=_PROGRAMS,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(programs(**options))
    def draw(program: Program) -> None:
        pass

    start = time.process_time()
    draw()
    return time.process_time() - start
