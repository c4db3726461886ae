"""Extraction: running sequences and keeping the transitions, here or in other processes."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from alta.errors import AltaError
from alta.interp.batch import Transitions, execute
from alta.interp.tokens import check_layers, check_tokens
from alta.lang.parsing import parse_program
from alta.lang.paths import ManyPaths
from alta.lang.program import Program, program_text
from alta.learn.tracing.collector import Collector
from alta.learn.tracing.merging import merged
from alta.learn.tracing.traces import Traces
from alta.progress import Progress

__all__ = ["Piece", "collected", "pieces_of", "run_piece", "traces"]

# A piece of work has so many positions, however many workers there are.
_POSITIONS: Final = 1 << 17

# From so many positions on other processes are started; each takes a second to start.
_LARGE: Final = 1 << 21

# So many pieces wait for workers or to be merged.
_AHEAD: Final = 64


def traces(
    program: Program,
    sequences: Sequence[Sequence[Any] | str],
    max_layers: int | None = None,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Traces:
    """Returns what the MLP takes in and puts out at every layer and position of some runs.

    Identical transitions are merged and counted. The result does not depend on the executor.

    Args:
        program: what to run.
        sequences: inputs, each as for `alta.run`.
        max_layers: the most layers to take; None for the program's own bound, or until it halts.
        executor: where pieces of the work run; any `concurrent.futures.Executor`, such as that of
            a `dask.distributed` cluster. None for local processes where there is much to run and
            more than one processor, and for this process otherwise.
        progress: is told how many of the sequences have been run.

    Raises:
        TokenError: for tokens that are not the program's, or too many of them.
        ProgramError: when nothing would end a run.
        ExecutionError: when the program has no next state for one of the inputs.
        AltaError: when an executor is given for a program without rules, which other processes
            cannot be told of; or the local processes could not start.
    """
    checked = [check_tokens(program, tokens) for tokens in sequences]
    pieces = pieces_of(program, checked, max_layers)
    told = _Told(progress, len(checked))
    # Other processes are told of a program by its text, which a program without rules lacks.
    if isinstance(program.mlp, ManyPaths):
        if executor is not None:
            raise AltaError(
                f"traces: program {program.name!r} has no rules, so that other processes cannot "
                "run it; leave out executor="
            )
        return _in_this_process(program, pieces, told)
    with ExitStack() as stack:
        if executor is None and _is_large(pieces):
            # Started anew: a forked process would inherit the locks of threads that it lacks.
            pool = ProcessPoolExecutor(mp_context=get_context("spawn"))
            executor = stack.enter_context(pool)
        if executor is None:
            return _in_this_process(program, pieces, told)
        try:
            return merged(program, _elsewhere(program, pieces, executor, told))
        except BrokenExecutor as error:
            raise AltaError(
                f"traces: the worker processes ended ({error}); a script that starts processes has "
                "to do its work below `if __name__ == '__main__':`. Otherwise they may have had "
                "too little memory; executor=ThreadPoolExecutor(1) runs everything in this process"
            ) from error


@final
@dataclass(frozen=True)
class Piece:
    """A piece of work: some equally long sequences.

    Attributes:
        tokens: the sequences; shape (batch, length).
        numbers: their numbers among all sequences.
        max_layers: the most layers that they take; None for until they halt.
    """

    tokens: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]
    max_layers: int | None


@final
class _Told:
    """Tells how many sequences have been run."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._done, self._total = progress, 0, total

    def add(self, count: int) -> None:
        self._done += count
        if self._progress is not None:
            self._progress(self._done, self._total)


def pieces_of(
    program: Program, sequences: Sequence[tuple[int, ...]], max_layers: int | None
) -> list[Piece]:
    """Returns sequences as pieces of work, which do not depend on who does it."""
    pieces = []
    # Batches are of equally long sequences, in the order of first occurrence.
    by_length: dict[int, list[int]] = {}
    for number, tokens in enumerate(sequences):
        by_length.setdefault(len(tokens), []).append(number)
    for length, numbers in by_length.items():
        bound = check_layers(program, length, max_layers)
        size = max(1, _POSITIONS // max(1, length))
        for start in range(0, len(numbers), size):
            chunk = numbers[start : start + size]
            words = np.array([sequences[number] for number in chunk], dtype=np.int64)
            pieces.append(Piece(words.reshape(len(chunk), length), np.array(chunk), bound))
    return pieces


def _is_large(pieces: Sequence[Piece]) -> bool:
    return sum(piece.tokens.size for piece in pieces) >= _LARGE and (os.cpu_count() or 1) > 1


def _in_this_process(program: Program, pieces: Sequence[Piece], told: _Told) -> Traces:
    # Exact: means in one bucket are different transitions, as the MLP takes in the mean itself.
    collector = Collector(Transitions(program, exact=True))
    for piece in pieces:
        run_piece(collector, piece)
        told.add(len(piece.numbers))
    return collected(collector, sum(len(piece.numbers) for piece in pieces))


def run_piece(collector: Collector, piece: Piece) -> None:
    """Runs a piece of work; the collector collects.

    Raises:
        ExecutionError: when the program has no next state for one of the inputs.
    """
    collector.expect(piece.numbers)
    run = execute(
        collector.transitions.program,
        piece.tokens,
        piece.max_layers,
        transitions=collector.transitions,
        local_states=collector,
    )
    # The first input that fails, whatever the order of the pieces.
    if run.failures:
        raise run.failures[min(run.failures)].error


def collected(collector: Collector, sequences: int) -> Traces:
    """Returns what was collected.

    Args:
        collector: what collected it.
        sequences: how many sequences were run.
    """
    return Traces(
        collector.transitions.program,
        collector.before(),
        collector.after(),
        collector.counts,
        collector.places,
        sequences,
    )


# --- other processes ------------------------------------------------------------------------------


# The tables of the program that a worker ran last; a thread has its own.
_WORKER: Final = threading.local()


def _elsewhere(
    program: Program, pieces: Sequence[Piece], executor: Executor, told: _Told
) -> Iterator[Traces]:
    """Yields the transitions of the pieces in their order, whatever the order of the workers."""
    text = program_text(program)
    waiting: deque[tuple[int, Future[dict[str, Any]]]] = deque()
    remaining = iter(pieces)
    try:
        while True:
            # As many pieces as workers may be busy with, so that results do not pile up unmerged.
            while len(waiting) < _AHEAD and (piece := next(remaining, None)) is not None:
                waiting.append((len(piece.numbers), executor.submit(_work, text, piece)))
            if not waiting:
                return
            # In the order of the pieces: what comes first does not depend on which worker is
            # fastest.
            count, future = waiting.popleft()
            yield Traces(program=program, **future.result())
            told.add(count)
    finally:
        # If the reader stops early, what has not begun need not run.
        for _, future in waiting:
            future.cancel()


def _work(text: str, piece: Piece) -> dict[str, Any]:
    """Runs a piece of work in another process; what comes back is arrays."""
    # The tables grow with what is run, and a worker gets many pieces of the same program.
    if getattr(_WORKER, "text", None) != text:
        _WORKER.text, _WORKER.transitions = text, Transitions(parse_program(text), exact=True)
    collector = Collector(_WORKER.transitions)
    run_piece(collector, piece)
    part = collected(collector, len(piece.numbers))
    return {
        "before": part.before,
        "after": part.after,
        "counts": part.counts,
        "places": part.places,
        "sequences": part.sequences,
    }
