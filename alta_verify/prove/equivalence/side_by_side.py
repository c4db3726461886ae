"""Side by side: both programs on the same inputs, with the batch interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

import numpy as np

from alta.interp.batch import Transitions, execute
from alta.interp.batch.course import BatchRun
from alta.interp.ending import ending_of
from alta.lang.program import Program
from alta.lang.values import Value
from alta_verify.claim.equivalent import SIDES, Pair

__all__ = ["SideBySide"]

# Runs of more layers than this are watched for states that come back.
_MANY_LAYERS: Final = 1024

Outputs = tuple[Value, ...] | None


@final
class SideBySide:
    """Runs both programs and says on which inputs they disagree; tables are kept between calls."""

    def __init__(self, pair: Pair) -> None:
        """Takes what is compared."""
        self._pair = pair
        self._transitions = {side: Transitions(pair.program(side)) for side in SIDES}

    def suspects(self, words: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """Returns the inputs on which a program gives no outputs, or not those of the other.

        Args:
            words: inputs of one length, at least one token long.
        """
        if not words:
            return []
        first, second = (self._outputs(side, words) for side in SIDES)
        return [
            word
            for word, left, right in zip(words, first, second, strict=True)
            if left is None or right is None or left != right
        ]

    def _outputs(self, side: str, words: Sequence[tuple[int, ...]]) -> list[Outputs]:
        """Returns the outputs of one program; None where it has none."""
        program = self._pair.program(side)
        bound = self._pair.bounds[side][len(words[0])]
        watched = bound is None or bound > _MANY_LAYERS
        run = execute(
            program,
            np.array(words, dtype=np.int64),
            bound,
            transitions=self._transitions[side],
            stop_at_repeats=watched,
        )
        outputs: list[Outputs] = list(run.outputs)
        for row in run.failures:
            outputs[row] = None
        # After a state that came back a run only repeats itself: without a bound it gives no
        # outputs, and with one the outputs are found by the definition, since the batch was stopped
        # before.
        if watched:
            for row in _stopped(run, bound):
                outputs[row] = self._at_the_bound(program, words[row], bound)
        return outputs

    def _at_the_bound(self, program: Program, word: tuple[int, ...], bound: int | None) -> Outputs:
        """Returns the outputs of a run that was stopped where a state came back."""
        return None if bound is None else ending_of(program, word, bound).outputs


def _stopped(run: BatchRun, bound: int | None) -> list[int]:
    """Returns the runs that neither halted nor failed nor came to the bound."""
    ended = run.halted.copy()
    if bound is not None:
        ended |= run.n_layers >= bound
    ended[list(run.failures)] = True
    return [int(row) for row in np.flatnonzero(~ended)]
