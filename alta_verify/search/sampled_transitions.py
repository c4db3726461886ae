"""Transitions: steps that runs on some inputs take at one position, to learn from."""

from __future__ import annotations

from typing import Final

from alta.errors import ExecutionError
from alta.interp.step import attend, halted, initial_state, mlp
from alta.limit import checkpoint
from alta_verify.abstraction import Abstraction
from alta_verify.search.samples import long_words, short_words
from alta_verify.transition import Transition

__all__ = ["sampled_transitions"]

_MOST: Final = 500
_LAYERS: Final = 64
_SHORT: Final = 48


def sampled_transitions(
    abstraction: Abstraction, max_len: int, max_layers: int | None
) -> list[Transition]:
    """Returns different steps that runs on some inputs take, always the same few hundred.

    Args:
        abstraction: the program.
        max_len: the longest input.
        max_layers: the most layers of a run; None for the program's own bound.
    """
    program = abstraction.concrete
    inputs = program.inputs
    words = [
        *short_words(inputs, max_len, _SHORT),
        *long_words(inputs, max_len),
    ]
    found: dict[tuple[int, ...], Transition] = {}
    for word in words:
        state = initial_state(program, word)
        bound = program.layer_bound(len(word)) if max_layers is None else max_layers
        for layer in range(_LAYERS if bound is None else min(bound, _LAYERS)):
            checkpoint()
            if halted(program, state) or len(found) >= _MOST:
                break
            attended = attend(program, state)
            try:
                state = mlp(program, attended, layer=layer + 1)
            except ExecutionError:
                break
            for before, after in zip(attended, state, strict=True):
                local = {name: abstraction.index_of(name, before[name]) for name in before}
                values = {n: abstraction.index_of(n, after[n]) for n in program.variables}
                found.setdefault((*local.values(), *values.values()), Transition(local, values))
    return list(found.values())[:_MOST]
