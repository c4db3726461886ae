"""Batches of runs, as a user asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from alta.errors import ExecutionError
from alta.interp.batch.execution import execute
from alta.interp.batch.transitions import Transitions
from alta.interp.run import Run, Trace
from alta.interp.run import run as run_one
from alta.interp.tokens import MaxLayers, Tokens, check_layers, check_tokens, each_limit
from alta.lang.program import Program
from alta.progress import Progress

__all__ = ["run_batch"]


def run_batch(
    program: Program,
    sequences: Sequence[Tokens],
    max_layers: MaxLayers = None,
    *,
    progress: Progress | None = None,
    transitions: Transitions | None = None,
) -> list[Run]:
    """Runs a program on many inputs; every run is the one that `alta.run` gives.

    Args:
        program: what to run.
        sequences: inputs of any lengths, each as for `alta.run`.
        max_layers: the most layers to take, of all or of each input; None for the program's own
            bound, or until it halts.
        progress: is told how many of the inputs have been run.
        transitions: tables of the same program to fill and reuse.

    Raises:
        TokenError: for tokens that are not the program's, or too many of them.
        ProgramError: when nothing would end a run.
        ExecutionError: when the program has no next state for one of the inputs; of several, the
            error of the first.
    """
    checked = [check_tokens(program, tokens) for tokens in sequences]
    limits = each_limit(max_layers, len(checked))
    # Inputs of equal length and bound run side by side, and are put back into order at the end.
    groups: dict[tuple[int, int | None], list[int]] = {}
    for index, (tokens, limit) in enumerate(zip(checked, limits, strict=True)):
        bound = check_layers(program, len(tokens), limit)
        groups.setdefault((len(tokens), bound), []).append(index)
    runs: dict[int, Run] = {}
    failures: dict[int, ExecutionError] = {}
    tables = Transitions(program) if transitions is None else transitions
    done = 0

    def ended(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(done, len(checked))

    ended(0)
    for (length, bound), indices in groups.items():
        words = np.array([checked[index] for index in indices], dtype=np.int64)
        words = words.reshape(len(indices), length)
        batch = execute(program, words, bound, transitions=tables, ended=ended)
        failures |= {indices[row]: failure.error for row, failure in batch.failures.items()}
        ends = zip(batch.outputs, batch.n_layers.tolist(), batch.halted.tolist(), strict=True)
        for index, end in zip(indices, ends, strict=True):
            # A batch keeps no states; whoever looks at them has the input run once more.
            trace = partial(_trace, program, checked[index], limits[index])
            runs[index] = Run(program, checked[index], *end, trace)
    # Of several errors that of the first input is raised, as if they had run one by one.
    if failures:
        raise failures[min(failures)]
    return [runs[index] for index in range(len(checked))]


def _trace(program: Program, tokens: tuple[int, ...], max_layers: int | None) -> Trace:
    return run_one(program, tokens, max_layers).trace
