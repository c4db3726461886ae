"""Traces: transitions per second of the plain interpreter and of extraction, side by side.

Both have one thread, so that processor time compares them whatever else the machine does.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import alta
from alta.learn import Traces, traces
from tests.benchmarks.cases import Case, prepared

__all__ = ["Extraction", "extractions"]

_CASES = (
    (Case("", "parity, 200 tokens", "parity", 200, 1024, ""), 2),
    (Case("", "addition, 10 digits", "addition", 10, 16384, ""), 200),
    (Case("", "scan, all commands", "scan", 0, 0, ""), 10),
)


@dataclass(frozen=True)
class Extraction:
    """Is what was measured; all in one process.

    Attributes:
        name: what ran.
        inputs: how many inputs.
        transitions: positions times layers, summed over all inputs.
        distinct: how many of them are different.
        seconds: of processor time to extract them, merge and count them, the median.
        spread: the greatest less the least.
        per_second: transitions per second.
        plain: transitions per second of `alta.run`, on some of the inputs, the best of three.
    """

    name: str
    inputs: int
    transitions: int
    distinct: int
    seconds: float
    spread: float
    per_second: float
    plain: float


def extractions(repeat: int) -> list[Extraction]:
    """Measures extraction for some programs."""
    return [_extraction(case, some, repeat) for case, some in _CASES]


def _extraction(case: Case, some: int, repeat: int) -> Extraction:
    program, inputs = prepared(case)
    plain = max(_plain(program, inputs[:: max(1, len(inputs) // some)]) for _ in range(3))
    times: list[float] = []
    found: Traces | None = None
    for _ in range(repeat):
        start = time.process_time()
        found = traces(program, inputs)
        times.append(time.process_time() - start)
    if found is None:
        raise SystemExit("expected at least one repetition")
    seconds = statistics.median(times)
    return Extraction(
        name=case.name,
        inputs=len(inputs),
        transitions=found.total,
        distinct=len(found),
        seconds=seconds,
        spread=max(times) - min(times),
        per_second=found.total / seconds,
        plain=plain,
    )


def _plain(program: alta.Program, inputs: Sequence[tuple[int, ...]]) -> float:
    start = time.process_time()
    runs = [alta.run(program, tokens) for tokens in inputs]
    seconds = time.process_time() - start
    return sum(run.n_layers * len(run.tokens) for run in runs) / seconds
