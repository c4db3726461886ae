"""Outputs of many runs: what a program says on each of some inputs, with the batch interpreter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, TypeAlias, final

import numpy as np

from alta.interp.batch import Transitions, execute
from alta.interp.run import ending_of
from alta.lang.program import Program
from alta.lang.values import Value
from alta.limit import checkpoint

__all__ = ["OutputRuns", "Outputs", "chunks"]

# Runs of more layers than this are watched for states that come back.
_MANY_LAYERS: Final = 1024
# So many inputs are run between two looks at the clock.
_CHUNK: Final = 1 << 12

Outputs: TypeAlias = tuple[Value, ...] | None
"""The outputs of a run; None where it fails or never ends."""


def chunks(words: Iterator[tuple[int, ...]]) -> Iterator[list[tuple[int, ...]]]:
    """Yields inputs in parts, between which the clock is looked at."""
    while chunk := list(islice(words, _CHUNK)):
        checkpoint()
        yield chunk


@final
class OutputRuns:
    """The outputs of a program; tables are kept between calls."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._transitions = Transitions(program)

    def of(self, words: Sequence[tuple[int, ...]], bound: int | None) -> list[Outputs]:
        """Returns the outputs on inputs of one length, after so many layers at most."""
        watched = bound is None or bound > _MANY_LAYERS
        run = execute(
            self._program,
            np.array(words, dtype=np.int64),
            bound,
            transitions=self._transitions,
            stop_at_repeats=watched,
        )
        outputs: list[Outputs] = list(run.outputs)
        for row in run.failures:
            outputs[row] = None
        if not watched:
            return outputs
        # After a state that came back a run only repeats itself: without a bound it gives no
        # outputs, and with one the outputs are found by the definition, since the batch was stopped
        # before.
        ended = run.halted.copy()
        if bound is not None:
            ended |= run.n_layers >= bound
        ended[list(run.failures)] = True
        for row in np.flatnonzero(~ended).tolist():
            outputs[row] = None
            if bound is not None:
                outputs[row] = ending_of(self._program, words[row], bound).outputs
        return outputs
