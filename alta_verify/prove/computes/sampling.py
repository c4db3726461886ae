"""``sampling``: the JAX model and the interpreter agree on sampled inputs.

It is no part of the proof: it refutes early, by differential testing in batches, and would show if
JAX did something else than is modelled.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from alta.limit import OutOfTime
from alta_verify.obligation import CutShort, NotShown, Refuted
from alta_verify.prove.computes.context import Context
from alta_verify.search.difference import layers_to_take, other_read
from alta_verify.search.lockstep import Lockstep
from alta_verify.search.samples import long_words, short_words
from alta_verify.universal import nonempty

__all__ = ["show"]

_SHORT_WORDS: Final = 512
# After so many numbers no further batch of short words is run, nor of long ones.
_WORK: Final = 1 << 27


def show(context: Context, _: str) -> str:
    """Runs the JAX model and the interpreter side by side, shortest inputs first."""
    task, inputs = context.task, context.program.inputs
    longest = task.extent.sampled
    lockstep = Lockstep(task.program, task.model, longest, task.sampled_layers, task.deadline)
    short = short_words(inputs, longest, _SHORT_WORDS)
    # A batch is run by other compiled code than a single input, so only a replay counts.
    unconfirmed, cut_short = None, False
    try:
        for words in (short, long_words(inputs, longest)):
            for word in lockstep.differing(words, _WORK):
                # Of the short ones all are run, shorter ones first.
                shortest = words is short and unconfirmed is None
                # It is unconfirmed until it has been replayed, for which there may be no time.
                unconfirmed = word
                counterexample = context.replay(word)
                if counterexample is not None:
                    raise Refuted(replace(counterexample, shortest=shortest))
    except OutOfTime:
        # Some inputs on which both sides agree are an outcome; none are not.
        if not lockstep.inputs:
            raise
        cut_short = True
    if unconfirmed is not None:
        raise NotShown(f"on {unconfirmed} a batch differed, but no run on its own did")
    # Heads may read something else without a variable that shows it; then the encoding of attention
    # and the code that runs are not about the same network.
    for word in lockstep.read_otherwise:
        layers = layers_to_take(task.program, word, task.max_layers)
        where = other_read(task.program, task.model, word, layers)
        raise NotShown(f"on {word}, {where or 'a head read something else in a batch'}")
    method = f"{nonempty(lockstep.inputs, 'inputs')} inputs run on both sides, every state compared"
    # What was run is said, and that it was less than usual.
    return CutShort(f"{method}; cut short by the limit on time") if cut_short else method
