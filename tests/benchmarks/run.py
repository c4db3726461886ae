"""The benchmarks: whole processes, as a user starts them. `make bench` runs this file.

Every figure is the median of several runs in processes of their own; memory is the peak resident
set of the process. The table is printed, and written as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

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


def show(rows: list[Figure]) -> None:
    """Prints the table."""
    width = max(len(row.name) for row in rows)
    print(f"{'':{width}}  median s  spread s  peak MB  rules  z3 calls  SAT calls  verdict")
    for row in rows:
        facts = row.facts
        line = f"{row.name:{width}}  {row.seconds:8.2f}  {row.spread:8.2f}  {row.megabytes:7.0f}"
        if facts:
            line += (
                f"  {facts['rules']:5}  {facts['smt_calls']:8}  {facts['sat_calls']:9}  "
                f"{facts['verdict']}"
            )
        print(line)


def main() -> None:
    """Runs the benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5, help="runs of each command (default 5)")
    parser.add_argument("--json", default="bench.json", help="where to write the figures")
    options = parser.parse_args()
    rows = figures(options.repeat)
    show(rows)
    machine = {"cpu_count": os.cpu_count(), "python": platform.python_version()}
    written = {"machine": machine, "figures": [asdict(row) for row in rows]}
    Path(options.json).write_text(json.dumps(written, indent=1) + "\n")
    print(f"written to {options.json}")


if __name__ == "__main__":
    main()
