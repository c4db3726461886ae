"""Compiled functions, called where XLA may have to compile them first, which nothing interrupts.

Under a limit on time a thread compiles, and whoever waits for it gives up when the time is over.
The thread is left to its end: its result is kept by JAX, for the next call, and the interpreter
waits for it before it ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from threading import Thread
from typing import Any, Final, TypeVar

import jax

from alta.limit import checkpoint, current

__all__ = ["in_time"]

_Result = TypeVar("_Result")

# Functions with what they were compiled for under some limit.
_COMPILED: Final[set[Hashable]] = set()

# Seconds between two looks at the clock.
_LOOK: Final = 0.05


def in_time(function: Callable[..., _Result], *arguments: Any) -> _Result:
    """Calls a function that was made by `jax.jit`, and compiles it first if there is a limit.

    Raises:
        OutOfTime: when the limit passes before.
    """
    limit = current()
    if limit is not None and limit.remaining < math.inf:
        checkpoint()
        # JAX compiles a function once for each shape and format of its arguments.
        # The key is coarser than JAX's own; where JAX still compiles, only the limit is heard late.
        key = function, *map(_kind, jax.tree.leaves(arguments))
        if key not in _COMPILED:
            _compile(function, arguments)
            _COMPILED.add(key)
    return function(*arguments)


def _kind(leaf: Any) -> Hashable:
    """Returns what a function is compiled for, of one of its arguments or a part of it."""
    return (leaf.shape, leaf.dtype) if hasattr(leaf, "shape") else leaf


def _compile(function: Any, arguments: tuple[Any, ...]) -> None:
    # What JAX takes from its surroundings, as the precision, is settled here and not in the thread.
    lowered = function.lower(*arguments)
    # A thread cannot be stopped. It is left to its end, and JAX keeps what it compiles.
    thread = Thread(target=lowered.compile, name="compilation")
    thread.start()
    while thread.is_alive():
        checkpoint()
        thread.join(_LOOK)
