"""Sampled transitions: what runs on some inputs take at one position, to learn from."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from alta.errors import ExecutionError
from alta.interp.step import steps
from alta_verify.abstraction import Abstraction
from alta_verify.search.samples import long_words, short_words
from alta_verify.transition import Transition

__all__ = ["sampled_transitions"]

_MAX_TRANSITIONS: Final = 500
_MAX_LAYERS: Final = 64
_SHORT_WORDS: Final = 48


def sampled_transitions(
    abstraction: Abstraction, max_len: int, max_layers: int | None
) -> list[Transition]:
    """Returns different transitions that some runs take, always the same few hundred.

    Args:
        abstraction: the program.
        max_len: the longest input.
        max_layers: the most layers of a run; None for the program's own bound.
    """
    program = abstraction.concrete
    words = [
        *short_words(program.inputs, max_len, _SHORT_WORDS),
        *long_words(program.inputs, max_len),
    ]
    sampled: dict[tuple[int, ...], Transition] = {}
    for word in words:
        bound = program.layer_bound(len(word)) if max_layers is None else max_layers
        # A run without an end repeats itself soon.
        bound = _MAX_LAYERS if bound is None else min(bound, _MAX_LAYERS)
        # A run that fails has transitions up to there.
        with suppress(ExecutionError):
            for step in steps(program, word, bound):
                for before, state in zip(step.after_attention, step.after_mlp, strict=True):
                    local = {name: abstraction.index_of(name, before[name]) for name in before}
                    after = {n: abstraction.index_of(n, state[n]) for n in program.variables}
                    # By index, as everything that is proved of transitions.
                    sampled.setdefault((*local.values(), *after.values()), Transition(local, after))
                if len(sampled) >= _MAX_TRANSITIONS:
                    return list(sampled.values())[:_MAX_TRANSITIONS]
    return list(sampled.values())
