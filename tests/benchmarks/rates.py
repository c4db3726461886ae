"""Rates: position-layers per second of the interpreters and of compiled models, and their growth.

A position-layer is one position in one layer of one run. Every row is measured in a process of its
own; the seconds are the median of several repetitions, the interpreters' from fresh tables and the
models' after one run in which JAX compiles. Memory is the peak resident set of the process.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import alta
from alta import Run
from tests.benchmarks.cases import Case, cases, prepared

__all__ = ["Rate", "rates"]


@dataclass(frozen=True)
class Rate:
    """What was measured.

    Attributes:
        case: what ran.
        rules: the rules of its program.
        inputs: how many inputs.
        position_layers: the work, summed over all inputs.
        seconds: the median of wall time.
        spread: the greatest less the least.
        cpu_seconds: the median of processor time, of all threads together.
        per_second: position-layers per second of wall time.
        megabytes: the peak memory of the process.
    """

    case: Case
    rules: int
    inputs: int
    position_layers: int
    seconds: float
    spread: float
    cpu_seconds: float
    per_second: float
    megabytes: float


def rates(repeat: int, progress: Callable[[int, int], None] | None = None) -> list[Rate]:
    """Measures everything that there is to measure.

    Args:
        repeat: repetitions of each case.
        progress: is told how many cases are done.
    """
    todo, rows = list(cases()), []
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for case in todo:
            rows.append(pool.apply(measure, (case, repeat)))
            if progress is not None:
                progress(len(rows), len(todo))
    return rows


def measure(case: Case, repeat: int) -> Rate:
    """Runs a case several times; for a process of its own."""
    program, inputs = prepared(case)
    run = _runner(program, inputs, case.how)
    if case.how == "compiled":
        run()
    wall, cpu, runs = [], [], []
    for _ in range(repeat):
        start, cpu_start = time.perf_counter(), time.process_time()
        runs = run()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - cpu_start)
    work = sum(one.n_layers * len(one.tokens) for one in runs)
    return Rate(
        case=case,
        rules=len(program.rules),
        inputs=len(runs),
        position_layers=work,
        seconds=statistics.median(wall),
        spread=max(wall) - min(wall),
        cpu_seconds=statistics.median(cpu),
        per_second=work / statistics.median(wall),
        megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _runner(
    program: alta.Program, inputs: Sequence[tuple[int, ...]], how: str
) -> Callable[[], list[Run]]:
    if how == "run":
        return lambda: [alta.run(program, tokens) for tokens in inputs]
    if how == "run_batch":
        return lambda: alta.run_batch(program, inputs)
    model = alta.compile(program, max_len=max(map(len, inputs)))
    return lambda: model.run_batch(inputs)
