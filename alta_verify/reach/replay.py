"""Replay: whether the run on an input has a local state, by running it."""

from __future__ import annotations

from typing import Final

from alta.errors import ExecutionError
from alta.interp.step import attend, halted, initial_state, mlp
from alta_verify.abstraction import Abstraction
from alta_verify.reach.answer import Pattern, Reachable

__all__ = ["occurrence"]

# So many layers are looked at.
_LAYERS: Final = 64


def occurrence(
    abstraction: Abstraction, tokens: tuple[int, ...], bound: int | None, pattern: Pattern
) -> Reachable | None:
    """Returns where the run on an input first has a local state; None if it is not seen to."""
    program = abstraction.concrete
    state = initial_state(program, tokens)
    for layer in range(1, (_LAYERS if bound is None else min(bound, _LAYERS)) + 1):
        if halted(program, state):
            return None
        attended = attend(program, state)
        for position, local in enumerate(attended):
            indices = {name: abstraction.index_of(name, local[name]) for name in pattern}
            if all(indices[name] in values for name, values in pattern.items()):
                return Reachable(tokens, layer, position)
        try:
            state = mlp(program, attended, layer=layer)
        except ExecutionError:
            # The layer in which a run fails is the last one that is a part of it.
            return None
    return None
