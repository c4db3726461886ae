"""Deadlines and budgets say when to stop: by the clock, or by the work that was done."""

from __future__ import annotations

import math
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from platform import node
from threading import current_thread, main_thread
from time import monotonic
from typing import Any, Final, TypeAlias, final

from alta.limit import checkpoint

__all__ = ["Budget", "Clock", "Deadline", "SolverCalls", "Work", "alarmed"]

# So many seconds past the end what has to be shown may be declared.
_TO_DECLARE: Final = 1.0
# Seconds between two alarms.
_ALARMS: Final = 0.1
# So many seconds are as good as no limit: thirty years.
_FOR_EVER: Final = 1e9


@final
class Deadline:
    """The moment after which a task gives up, with earlier moments for parts of the task.

    All steps of the task look at the same deadline, so that who may use a share of the time need
    not tell them.
    """

    def __init__(self, at: float, seconds: float | None = None) -> None:
        """Sets it for a reading of `monotonic`, `inf` if never, and for how many seconds from now.

        The seconds are None where there is no limit, or they are not known.
        """
        # Every comparison with NaN is false, so such a deadline would silently never expire.
        if math.isnan(at):
            raise ValueError(f"Expected a deadline in seconds, got at={at!r}.")
        self.seconds = seconds
        self._at = self._end = at

    def __reduce__(self) -> tuple[Any, ...]:
        """Returns what another process needs to know: the same moment, on the same machine."""
        return _arrived, (self._end, max(0.0, self._end - monotonic()), self.seconds, node())

    @classmethod
    def after(cls, seconds: float | None) -> Deadline:
        """Returns the deadline that many seconds from now; None stands for no limit."""
        # What waits for a deadline takes no more seconds than that.
        if seconds is None or seconds > _FOR_EVER:
            return cls(math.inf)
        return cls(monotonic() + float(seconds), seconds)

    @property
    def to_declare(self) -> Deadline:
        """A little later: until then what has to be shown may still be declared."""
        # Even where there is no time at all a report says what would have to be shown, and what an
        # earlier run has shown of it.
        return Deadline(self._end + _TO_DECLARE)

    @property
    def expired(self) -> bool:
        """Whether the moment has come, or the end of the share."""
        return monotonic() >= self._at

    @property
    def over(self) -> bool:
        """Whether the moment has come for the whole task."""
        return monotonic() >= self._end

    @property
    def units(self) -> float:
        """Units of work are not limited."""
        return math.inf

    @property
    def remaining(self) -> float:
        """The seconds left, of the share if there is any: 0.0 once expired, else up to `inf`."""
        return max(0.0, self._at - monotonic())

    @contextmanager
    def share(self, part: Fraction) -> Iterator[None]:
        """Gives what is done within no more than a part of the time that is left."""
        before = self._at
        # A share of no limit is no limit; of a share, it ends with the share at the latest.
        if before != math.inf:
            # Counted back from the end of the share around it, so that no share outlasts it.
            self._at = before - float(1 - part) * self.remaining
        try:
            yield
        finally:
            self._at = before


def _arrived(end: float, remaining: float, seconds: float | None, machine: str) -> Deadline:
    """Returns a deadline again that was sent from another process."""
    # All processes of a machine read one clock, so that what waits for its turn there is not given
    # more time; other machines have to begin anew.
    return Deadline(end if machine == node() else monotonic() + remaining, seconds)


@final
@dataclass(slots=True)
class Work:
    """Counts the work that was done, by those who do it: in units of some microseconds."""

    units: int = 0


@final
@dataclass
class SolverCalls:
    """A count of the questions that were put to solvers, to z3 and to the SAT solver."""

    smt: int = 0
    sat: int = 0


@final
class Budget:
    """A piece of work, so many units from now on, and a deadline beside it.

    Work is counted rather than timed, so that what is found within a budget is the same on any
    machine, as long as the deadline does not pass.
    """

    def __init__(self, work: Work, units: int, deadline: Deadline | Budget) -> None:
        self._work, self._deadline = work, deadline
        self._until = work.units + units

    @property
    def expired(self) -> bool:
        """Whether the work is done, or the deadline has passed."""
        return self._work.units >= self._until or self._deadline.expired

    @property
    def units(self) -> float:
        """The units of work that are left."""
        return max(0, self._until - self._work.units)


Clock: TypeAlias = Deadline | Budget
"""Says when to stop, and how many units of work may be done until then."""


@contextmanager
def alarmed(deadline: Deadline) -> Iterator[None]:
    """Has the limit looked at from outside, for the checker's code, which does not look at it.

    Python code is interrupted wherever it is, so that it must be of a kind that leaves nothing half
    done; not within ``limited(None)``. Only in the main thread, and where the system has such
    alarms; elsewhere nothing happens.
    """
    able = hasattr(signal, "setitimer") and current_thread() is main_thread()
    if not able or deadline.remaining == math.inf:
        yield
        return
    before = signal.signal(signal.SIGALRM, lambda *_: checkpoint())
    # Again and again, for whoever catches all exceptions. To begin with an interval of 0 would turn
    # the timer off.
    signal.setitimer(signal.ITIMER_REAL, max(deadline.remaining, _ALARMS), _ALARMS)
    try:
        yield
    finally:
        # The timer first: with the default handler back in place, its signal would end the process.
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
