"""Testing instead of proving: the JAX model is run on all inputs, and so is the interpreter.

Both are measured in one process with the proof of the same, so that all find JAX started.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass

import alta
from alta.progress import Progress
from alta_verify import Verdict, verify

__all__ = ["Exhaustive", "cheaper_from", "exhaustive"]


@dataclass(frozen=True)
class Exhaustive:
    """A test of the JAX model on all inputs, beside the proof of the same.

    Attributes:
        program: what was tested.
        max_len: up to which length.
        inputs: how many inputs.
        test_seconds: to run the model and the interpreter on all inputs and compare the outputs.
        proof_seconds: to verify the same model up to the same length.
    """

    program: str
    max_len: int
    inputs: int
    test_seconds: float
    proof_seconds: float


def exhaustive(only: str = "", progress: Progress | None = None) -> list[Exhaustive]:
    """Tests two parity programs on all inputs up to some lengths, and verifies them.

    Args:
        only: part of the names of those that are tested.
        progress: is told how many lengths are done.
    """
    all_jobs = itertools.chain(
        (("parity_sequential_relative", n) for n in range(2, 17, 2)),
        (("parity_sum_mod_2", n) for n in range(2, 15, 2)),
    )
    jobs = [(name, max_len) for name, max_len in all_jobs if only in name]
    for name in dict(jobs):
        # What only the first run and the first proof of a process do belongs to neither.
        _exhaustive(name, 1)
    found: list[Exhaustive] = []
    for name, max_len in jobs:
        if progress is not None:
            progress(len(found), len(jobs))
        found.append(_exhaustive(name, max_len))
    return found


def _exhaustive(name: str, max_len: int) -> Exhaustive:
    program = alta.programs.get(name)
    model = alta.compile(program, max_len=max_len)
    start = time.perf_counter()
    words = [word for word in program.inputs.enumerate(max_len) if word]
    compiled = [run.outputs for run in model.run_batch(words)]
    if compiled != [run.outputs for run in alta.run_batch(program, words)]:
        raise SystemExit(f"{name}: the model is wrong")
    tested = time.perf_counter()
    report = verify(program, model, max_len=max_len)
    proved = time.perf_counter()
    if report.verdict is not Verdict.PROVED:
        raise SystemExit(str(report))
    return Exhaustive(name, max_len, len(words), tested - start, proved - tested)


def cheaper_from(rows: list[Exhaustive]) -> dict[str, int | None]:
    """Returns for each program the length from which on the proof took less time than the test."""
    found: dict[str, int | None] = {}
    for row in sorted(rows, key=lambda row: row.max_len):
        if row.proof_seconds >= row.test_seconds:
            found[row.program] = None
        elif found.get(row.program) is None:
            found[row.program] = row.max_len
    return found
