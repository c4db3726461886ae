"""Whole processes, as a user starts them: how long they take and how much memory they have."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Process", "measured", "startup"]


@dataclass(frozen=True)
class Process:
    """A command that ran several times, each in a process of its own.

    Attributes:
        name: what ran.
        seconds: of wall time, the median.
        spread: the greatest less the least.
        megabytes: the peak resident set, the median.
        last_seconds: how long the last one took.
    """

    name: str
    seconds: float
    spread: float
    megabytes: float
    last_seconds: float


def measured(
    command: list[str], repeat: int, *, name: str | None = None, folder: Path | None = None
) -> Process:
    """Runs a command several times.

    Args:
        command: the command.
        repeat: how often.
        name: what it is called; None for the command itself.
        folder: where it runs; None for here.
    """
    times, peaks = [], []
    for _ in range(repeat):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=folder)
        _, _, usage = os.wait4(process.pid, 0)
        times.append(time.perf_counter() - start)
        peaks.append(usage.ru_maxrss / 1024)
    return Process(
        name or " ".join(command),
        statistics.median(times),
        max(times) - min(times),
        statistics.median(peaks),
        times[-1],
    )


def startup(repeat: int) -> list[Process]:
    """Measures how long imports take."""
    return [
        measured([sys.executable, "-c", code], repeat, name=f"python -c '{code}'")
        for code in ("pass", "import alta", "import alta_verify")
    ]
