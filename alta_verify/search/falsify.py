"""Falsification: cheap attempts to refute, before anything is proved.

Both sides run samples in batches; what differs is handed over to be replayed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, final

from alta.lang.program import Program
from alta.limit import OutOfTime
from alta.nn.model import Model
from alta_verify.deadline import Deadline
from alta_verify.search.counterexample import Counterexample, find_difference
from alta_verify.search.lockstep import Lockstep
from alta_verify.search.samples import long_words, short_words

__all__ = ["Sampling", "falsify"]

_SHORT: Final = 512

_WORK: Final = 1 << 25
"""After so many coordinates no further batch of short words is run, nor of long ones."""


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
    both = Lockstep(program, model, longest=max_len, max_layers=max_layers, deadline=deadline)
    unconfirmed, cut_short = None, False
    try:
        for found in _differing(both, program, max_len):
            # All that are shorter come before it.
            shortest = found.short and unconfirmed is None
            # It is unconfirmed until it has been replayed, for which there may be no time.
            unconfirmed = found.word
            replayed = find_difference(program, model, found.word, max_layers)
            if replayed is not None:
                return Sampling(both.inputs, replace(replayed, shortest=shortest))
    except OutOfTime:
        if not both.inputs:
            raise
        cut_short = True
    odd = both.read_otherwise[0] if both.read_otherwise else None
    return Sampling(both.inputs, None, unconfirmed, odd, cut_short)


class _Differing(NamedTuple):
    """An input on which both sides differ in a batch.

    Attributes:
        word: the input.
        short: whether it is one of the short ones, all of which are run, shortest first.
    """

    word: tuple[int, ...]
    short: bool


def _differing(both: Lockstep, program: Program, max_len: int) -> Iterator[_Differing]:
    """Yields inputs on which both sides differ, up to a bound on the work."""
    short = short_words(program.inputs, max_len, _SHORT)
    for words in (short, long_words(program.inputs, max_len)):
        before = both.work
        for batch in both.batches(words):
            for word in both.suspects(batch):
                yield _Differing(word, words is short)
            if both.work - before > _WORK:
                break
