"""Falsification by differential testing, before anything is proved.

Both sides run samples in batches; what differs is handed over to be replayed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, final

from alta.lang.program import Program
from alta.limit import OutOfTime
from alta.nn.model import Model
from alta_verify.deadline import Deadline
from alta_verify.search.counterexample import Counterexample, find_difference
from alta_verify.search.lockstep import Lockstep
from alta_verify.search.samples import long_words, short_words

__all__ = ["Sampling", "falsify"]

_SHORT_WORDS: Final = 512

# After so many coordinates no further batch of short words is run, nor of long ones.
_WORK: Final = 1 << 25


@final
@dataclass(frozen=True)
class Sampling:
    """The outcome of running both sides.

    Attributes:
        inputs: how many inputs were run to their end on both sides.
        counterexample: the shortest one on which they differ or the program fails, replayed.
        unconfirmed: one on which they differed in a batch, but not when it was replayed.
        read_otherwise: one on which a head reads something else, which shows in no variable.
        cut_short: whether time ran out before all samples were run.
    """

    inputs: int
    counterexample: Counterexample | None = None
    unconfirmed: tuple[int, ...] | None = None
    read_otherwise: tuple[int, ...] | None = None
    cut_short: bool = False


def falsify(
    program: Program,
    model: Model,
    *,
    max_len: int,
    max_layers: int | None,
    deadline: Deadline,
) -> Sampling:
    """Runs both sides on some inputs, shortest first, up to the first difference.

    Raises:
        OutOfTime: when the deadline passes before any input was run to its end.
    """
    lockstep = Lockstep(program, model, longest=max_len, max_layers=max_layers, deadline=deadline)
    short = short_words(program.inputs, max_len, _SHORT_WORDS)
    # A batch is run by other compiled code than a single input, so only a replay counts.
    unconfirmed, cut_short = None, False
    try:
        for words in (short, long_words(program.inputs, max_len)):
            for word in lockstep.differing(words, _WORK):
                # Of the short ones all are run, shorter ones first.
                shortest = words is short and unconfirmed is None
                # It is unconfirmed until it has been replayed, for which there may be no time.
                unconfirmed = word
                counterexample = find_difference(program, model, word, max_layers)
                if counterexample is not None:
                    return Sampling(lockstep.inputs, replace(counterexample, shortest=shortest))
    except OutOfTime:
        # Some inputs on which both sides agree are an outcome; none are not.
        if not lockstep.inputs:
            raise
        cut_short = True
    # It does not refute, but a model as it should be has none: the obligation stays open.
    read_otherwise = lockstep.read_otherwise[0] if lockstep.read_otherwise else None
    return Sampling(lockstep.inputs, None, unconfirmed, read_otherwise, cut_short)
