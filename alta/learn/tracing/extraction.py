"""Extraction: running sequences and keeping the transitions, here or in other processes."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any, Final, TypeVar, final

import numpy as np
import numpy.typing as npt

from alta.errors import AltaError
from alta.interp.batch import BatchRun, Transitions, execute
from alta.interp.batch.interning import Ids, Interner, PairInterner
from alta.interp.tokens import check_layers, check_tokens
from alta.lang.parsing import parse_program
from alta.lang.paths import ManyPaths
from alta.lang.program import Program, program_text
from alta.learn.tracing.collector import Collector
from alta.learn.tracing.traces import Traces, joined
from alta.progress import Progress

__all__ = ["collect", "merged", "pieces_of", "traces"]

_T = TypeVar("_T")

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
    # Other processes are told of a program by its text, which a program without rules lacks.
    if isinstance(program.mlp, ManyPaths) and executor is not None:
        raise AltaError(
            f"traces: program {program.name!r} has no rules, so that other processes cannot "
            "run it; leave out executor="
        )
    is_large = sum(piece.tokens.size for piece in pieces) >= _LARGE and (os.cpu_count() or 1) > 1
    with ExitStack() as stack:
        if executor is None and is_large and not isinstance(program.mlp, ManyPaths):
            # Started anew: a forked process would inherit the locks of threads that it lacks.
            pool = ProcessPoolExecutor(mp_context=get_context("spawn"))
            executor = stack.enter_context(pool)
        if executor is None or not pieces:
            # Exact: means in one bucket are different transitions, as the MLP takes in the mean.
            return collect(Collector(Transitions(program, exact=True)), pieces, progress)
        try:
            parts = _elsewhere(program, pieces, executor)
            return merged(program, _told(parts, pieces, progress))
        except BrokenExecutor as error:
            raise AltaError(
                f"traces: the worker processes ended ({error}); a script that starts processes has "
                "to do its work below `if __name__ == '__main__':`. Otherwise they may have had "
                "too little memory; executor=ThreadPoolExecutor(1) runs everything in this process"
            ) from error


@final
@dataclass(frozen=True)
class _Piece:
    """A piece of work: equally long sequences, and their numbers among all sequences.

    They take `max_layers` at most; None for until they halt.
    """

    tokens: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]
    max_layers: int | None

    def run(self, transitions: Transitions, observer: Any) -> BatchRun:
        """Runs the sequences; the observer, which can do this, is told their numbers first."""
        observer.sequences = self.numbers
        return execute(
            transitions.program,
            self.tokens,
            self.max_layers,
            transitions=transitions,
            local_states=observer,
        )


def pieces_of(
    program: Program, sequences: Sequence[tuple[int, ...]], max_layers: int | None
) -> list[_Piece]:
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
            pieces.append(_Piece(words.reshape(len(chunk), length), np.array(chunk), bound))
    return pieces


def _told(items: Iterable[_T], pieces: Sequence[_Piece], progress: Progress | None) -> Iterator[_T]:
    """Yields items, one for each piece, and tells how many sequences those before it had."""
    done, total = 0, sum(len(piece.numbers) for piece in pieces)
    for item, piece in zip(items, pieces, strict=True):
        yield item
        done += len(piece.numbers)
        if progress is not None:
            progress(done, total)


def collect(
    collector: Collector, pieces: Sequence[_Piece], progress: Progress | None = None
) -> Traces:
    """Runs pieces of work and returns what a collector, which is new, collects of them."""
    for piece in _told(pieces, pieces, progress):
        failures = piece.run(collector.transitions, collector).failures
        # The first input that fails, whatever the order of the pieces.
        if failures:
            raise failures[min(failures)].error
    return collector.traces(sum(len(piece.numbers) for piece in pieces))


# --- other processes ------------------------------------------------------------------------------

# The tables of the program that a worker ran last; a thread has its own.
_WORKER: Final = threading.local()


def _elsewhere(program: Program, pieces: Sequence[_Piece], executor: Executor) -> Iterator[Traces]:
    """Yields the transitions of the pieces in their order, whatever the order of the workers."""
    text = program_text(program)
    waiting: deque[Future[dict[str, Any]]] = deque()
    remaining = iter(pieces)
    try:
        while True:
            # As many pieces as workers may be busy with, so that results do not pile up unmerged.
            while len(waiting) < _AHEAD and (piece := next(remaining, None)) is not None:
                waiting.append(executor.submit(_work, text, piece))
            if not waiting:
                return
            yield Traces(program=program, **waiting.popleft().result())
    finally:
        # If the reader stops early, what has not begun need not run.
        for future in waiting:
            future.cancel()


def _work(text: str, piece: _Piece) -> dict[str, Any]:
    """Runs a piece of work in another process; what comes back is arrays."""
    # The tables grow with what is run, and a worker gets many pieces of the same program.
    if getattr(_WORKER, "text", None) != text:
        _WORKER.text, _WORKER.transitions = text, Transitions(parse_program(text), exact=True)
    part = collect(Collector(_WORKER.transitions), [piece])
    return {name: value for name, value in vars(part).items() if name != "program"}


def merged(program: Program, parts: Iterable[Traces]) -> Traces:
    """Returns the distinct transitions of parts, of which there are some, in their order."""
    keys = _Keys(program)
    kept: list[Traces] = []
    counts = np.zeros(0, dtype=np.int64)
    sequences = 0
    # Taken one by one, so that parts need not be in memory together.
    for part in parts:
        size_before = len(counts)
        numbers = keys.numbers(part)
        # Numbers of earlier parts stay as they are.
        counts = np.concatenate([counts, np.zeros(len(keys) - size_before, dtype=np.int64)])
        np.add.at(counts, numbers, part.counts)
        sequences += part.sequences
        # In one part no two are identical, so new ones are numbered in their order.
        kept.append(part.select(numbers >= size_before))
    # Columns are joined at the end, once, instead of growing with each part.
    return replace(joined(kept), counts=counts, sequences=sequences)


@final
class _Keys:
    """A numbering of what the MLP takes in, column by column."""

    def __init__(self, program: Program) -> None:
        self._first = Interner()
        self._tables = {name: PairInterner() for name in program.domains}
        # NaN, which stands for UNDEFINED, is unequal to itself: as a key it would be ever new.
        self._floats: dict[float | None, int] = {None: 0}

    def __len__(self) -> int:
        return len([*self._tables.values()][-1])

    def numbers(self, part: Traces) -> Ids:
        """Returns the numbers of the transitions; new ones get the next numbers."""
        # A row of a table is a chain of pairs: (…((0, c1), c2)…, cn), interned one by one.
        numbers = self._first.intern(np.zeros(len(part), dtype=np.int64))
        for name, table in self._tables.items():
            column = part.before[name]
            # UNDEFINED is -1 among integers.
            codes = self._codes(column) if column.dtype == np.float64 else column + 1
            numbers = table.intern(numbers, codes)
        return numbers

    def _codes(self, column: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        distinct, inverse = np.unique(column, return_inverse=True)
        keys = [None if np.isnan(value) else value for value in distinct.tolist()]
        codes = [self._floats.setdefault(key, len(self._floats)) for key in keys]
        return np.array(codes, dtype=np.int64)[inverse]
