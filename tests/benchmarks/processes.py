"""Whole processes, as a user starts them: how long they take and how much memory they have."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Figure", "columns", "figures"]

BIN = Path(sys.executable).parent
VERIFY = str(BIN / "alta-verify")
RELATIVE, ABSOLUTE = "parity_sequential_relative", "parity_sequential_absolute"


@dataclass(frozen=True)
class Figure:
    """One row: what was run, how long it took, how much memory it had, what it reported."""

    name: str
    seconds: float
    spread: float
    megabytes: float
    facts: dict


def measure(name: str, command: list[str], *, repeat: int, report: Path | None = None) -> Figure:
    """Runs a command several times, each in a process of its own."""
    times, peaks = [], []
    for _ in range(repeat):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        times.append(time.perf_counter() - start)
        peaks.append(usage.ru_maxrss / 1024)
        if os.waitstatus_to_exitcode(status) != 0:
            raise SystemExit(f"{' '.join(command)} failed")
    facts = {}
    if report is not None:
        written = json.loads(report.read_text())
        facts = {"verdict": written["verdict"], **written["facts"]}
    return Figure(
        name, statistics.median(times), max(times) - min(times), statistics.median(peaks), facts
    )


def figures(repeat: int) -> list[Figure]:
    """Measures everything that there is to measure."""
    rows = [
        measure(f"python -c '{code}'", [sys.executable, "-c", code], repeat=repeat)
        for code in ("pass", "import alta", "import alta_verify")
    ]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        jobs = [(RELATIVE, n) for n in (20, 60, 100)] + [(ABSOLUTE, n) for n in (20, 40, 60, 100)]
        for program, max_len in jobs:
            command = [VERIFY, program, "--max-len", str(max_len), "--json", str(report)]
            name = f"alta-verify {program} --max-len {max_len}"
            rows.append(measure(name, command, repeat=repeat, report=report))
    return rows


def columns(row: Figure) -> list[str]:
    """Returns what the table shows of a row."""
    shown = [f"{row.seconds:.2f}", f"{row.spread:.2f}", f"{row.megabytes:.0f}"]
    if row.facts:
        shown += [str(row.facts[key]) for key in ("rules", "smt_calls", "sat_calls", "verdict")]
    return shown
