"""Limits on time: seconds that verification was given, beside those that it took."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

import alta
from alta.command.finding import find_program
from alta.progress import Progress
from alta_verify import Report, Result, equivalent, verify
from tests.cases.noise import noisy

__all__ = ["Limited", "limited"]

_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)

_NOISE = 1e-7


@dataclass(frozen=True)
class Limited:
    """One row: a verification under a limit.

    Attributes:
        name: what was verified.
        asked: the limit, in seconds.
        seconds: wall time of the call.
        cpu_seconds: of all threads, without what a compilation that was given up still takes.
        verdict: what came out.
        shown: how many obligations were shown.
        obligations: how many there are.
    """

    name: str
    asked: float
    seconds: float
    cpu_seconds: float
    verdict: str
    shown: int
    obligations: int

    @property
    def in_time(self) -> bool:
        """Whether it ended within a tenth and two seconds of the limit."""
        return self.seconds <= 1.1 * self.asked + 2


def _noisy() -> Callable[[float], Report]:
    """Dense weights with noise on every one."""
    program = alta.programs.parity_sequential_absolute()
    model = noisy(alta.compile(program, max_len=12), _NOISE)
    return lambda seconds: verify(program, model, max_len=12, timeout=seconds)


def _shipped(name: str) -> Callable[[float], Report]:
    program = find_program(name, {})
    return lambda seconds: verify(program, timeout=seconds)


def _long() -> Callable[[float], Report]:
    program = alta.programs.parity_sequential_relative()
    return lambda seconds: verify(program, max_len=1030, timeout=seconds)


def _pair() -> Callable[[float], Report]:
    first, second = alta.programs.addition(), alta.programs.addition()
    return lambda seconds: equivalent(first, second, timeout=seconds)


_CASES = {
    **{name: partial(_shipped, name) for name in alta.programs.names()},
    "parity_sequential_absolute, dense and noisy": _noisy,
    "parity_sequential_relative, 1030 tokens": _long,
    "addition = addition": _pair,
}


def limited(only: str, progress: Progress | None) -> list[Limited]:
    """Measures every case under every limit, each in a process of its own."""
    cases = [(name, asked) for name in _CASES if only in name for asked in _SECONDS]
    rows = []
    for done, (name, asked) in enumerate(cases):
        if progress is not None:
            progress(done, len(cases))
        command = [sys.executable, "-m", __name__, name, str(asked)]
        ended = subprocess.run(command, capture_output=True, text=True, check=True)
        rows.append(Limited(**json.loads(ended.stdout)))
    return rows


def _measured(name: str, asked: float) -> Limited:
    run = _CASES[name]()
    start, cpu_start = time.perf_counter(), time.process_time()
    report = run(asked)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    shown = sum(one.result is Result.PROVED for one in report.obligations)
    verdict, obligations = report.verdict.value, len(report.obligations)
    return Limited(name, asked, seconds, cpu_seconds, verdict, shown, obligations)


if __name__ == "__main__":
    print(json.dumps(asdict(_measured(sys.argv[1], float(sys.argv[2])))))
