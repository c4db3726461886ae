"""Limits: where one has passed, a checkpoint stops the work at hand."""

from __future__ import annotations

from contextvars import copy_context
from dataclasses import dataclass
from threading import Thread

import numpy as np
import pytest

import alta
from alta.interp.batch import execute
from alta.limit import OutOfTime, checkpoint, current, in_time, limited


@dataclass(frozen=True)
class Until:
    """A limit that has passed, or has not."""

    expired: bool

    @property
    def remaining(self) -> float:
        return 0.0 if self.expired else 1.0


PASSED, AHEAD = Until(True), Until(False)


def test_without_a_limit_nothing_stops():
    checkpoint()
    assert current() is None


def test_a_limit_that_has_passed_stops_what_is_done_within_and_nothing_else():
    with limited(AHEAD):
        checkpoint()
        with limited(PASSED), pytest.raises(OutOfTime):
            checkpoint()
        with limited(None):
            checkpoint()
        checkpoint()
    checkpoint()


def test_other_threads_have_limits_of_their_own():
    stopped = []
    with limited(PASSED):
        thread = Thread(target=lambda: stopped.append(current() is not None))
        thread.start()
        thread.join()
        assert copy_context().run(current) is PASSED
    assert stopped == [False]


def test_what_there_was_no_time_for_is_said_again():
    assert in_time(3) == 3
    with pytest.raises(OutOfTime, match="while counting"):
        in_time(OutOfTime("while counting"))


PROGRAM = alta.programs.parity_sequential_relative()

LONG = {
    "compiling": lambda: alta.compile(PROGRAM),
    "building an automaton": lambda: (
        alta.inputs.regex("(0|1)* 1 (0|1){3}").bind(("0", "1")).lengths(6)
    ),
    "a language without repetition": lambda: (
        alta.inputs.distinct("[0-5]*").bind(tuple("012345")).count(5)
    ),
    "counting": lambda: alta.inputs.regex("0 1* 0 0").bind(("0", "1")).count(9),
    "running a batch": lambda: execute(PROGRAM, np.array([[2, 0, 1]]), 3),
    "running a model": lambda: alta.compile(PROGRAM).run_batch([[2, 0, 1]]),
}


@pytest.mark.parametrize("name", LONG)
def test_what_may_take_long_looks_at_the_limit(name):
    with limited(PASSED), pytest.raises(OutOfTime):
        LONG[name]()
    with limited(AHEAD):
        assert LONG[name]() is not None
