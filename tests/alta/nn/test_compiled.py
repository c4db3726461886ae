"""Compilation: whoever waits for it gives up in time, and what comes of it is kept."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from alta.limit import OutOfTime, limited
from alta.nn.compiled import in_time


@dataclass
class Looks:
    """A limit that passes after so many looks at it."""

    left: float

    @property
    def expired(self) -> bool:
        self.left -= 1
        return self.left < 0

    @property
    def remaining(self) -> float:
        return 1.0


@dataclass
class Slow:
    """A compiled function whose compilation ends when it is told to."""

    may_end: threading.Event
    compilations: int = 0

    def lower(self, *arguments: object) -> Slow:
        return self

    def compile(self) -> None:
        self.may_end.wait()
        self.compilations += 1

    def __call__(self, x: int) -> int:
        return x + 1

    __hash__ = object.__hash__


def test_a_compilation_that_takes_too_long_is_given_up_and_left_to_its_end():
    slow = Slow(threading.Event())
    before = threading.active_count()
    with limited(Looks(3)), pytest.raises(OutOfTime):
        in_time(slow, 1)
    slow.may_end.set()
    for thread in threading.enumerate():
        if thread.name == "compilation":
            thread.join()
    assert threading.active_count() == before
    assert slow.compilations == 1


def test_a_function_is_compiled_once_for_arguments_of_one_kind():
    slow = Slow(threading.Event())
    slow.may_end.set()
    with limited(Looks(1e9)):
        assert [in_time(slow, np.zeros(2)[0] + 1), in_time(slow, np.zeros(2)[0] + 1)] == [2, 2]
    assert slow.compilations == 1


def test_without_a_limit_nothing_is_compiled_beforehand():
    slow = Slow(threading.Event())
    assert in_time(slow, 1) == 2
    assert slow.compilations == 0


@pytest.mark.parametrize("limit", [None, Looks(1e9)])
def test_the_result_is_that_of_the_function(limit):
    @jax.jit
    def doubled(x):
        return 2 * x

    with limited(limit):
        assert in_time(doubled, jnp.arange(3)).tolist() == [0, 2, 4]
        assert in_time(doubled, jnp.arange(4)).tolist() == [0, 2, 4, 6]
