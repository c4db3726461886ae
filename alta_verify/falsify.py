"""Falsification: cheap attempts to refute, before anything is proved.

Both sides run samples in batches; what differs is handed over to be replayed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, final

from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify.counterexample import Counterexample, find_difference
from alta_verify.deadline import Deadline
from alta_verify.lockstep import Lockstep
from alta_verify.samples import long_words, short_words

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
    """

    inputs: int
    counterexample: Counterexample | None = None
    unconfirmed: tuple[int, ...] | None = None
    read_otherwise: tuple[int, ...] | None = None


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
        TimeoutError: when the deadline passes before.
    """
    both = Lockstep(program, model, longest=max_len, max_layers=max_layers, deadline=deadline)
    unconfirmed = None
    short = short_words(program.inputs, max_len, _SHORT)
    for words in (short, long_words(program.inputs, max_len)):
        before = both.work
        for batch in both.batches(words):
            for word in both.suspects(batch):
                found = find_difference(program, model, word, max_layers)
                if found is not None:
                    # All that are shorter come before it.
                    shortest = words is short and unconfirmed is None
                    return Sampling(both.inputs, replace(found, shortest=shortest))
                unconfirmed = word
            if both.work - before > _WORK:
                break
    odd = both.read_otherwise[0] if both.read_otherwise else None
    return Sampling(both.inputs, unconfirmed=unconfirmed, read_otherwise=odd)
