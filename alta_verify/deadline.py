"""Deadlines and budgets say when to stop: by the clock, or by the work that was done."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Protocol, final

__all__ = ["Budget", "Clock", "Deadline", "Work"]


class Clock(Protocol):
    """Says when to stop."""

    @property
    def expired(self) -> bool:
        """Whether the moment has come."""
        ...

    @property
    def units(self) -> float:
        """How many units of work may be done until then; `inf` where that is not limited."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment after which a task gives up; steps of the task pass it on unchanged.

    Attributes:
        at: the reading of `time.monotonic()`, in seconds, at which the deadline expires; `inf`
            if it never does.
        seconds: how many seconds it was set for; None where there is no limit, or it is not known.
    """

    at: float
    seconds: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        # Every comparison with NaN is false, so such a deadline would silently never expire.
        if math.isnan(self.at):
            raise ValueError(f"Expected a deadline in seconds, got at={self.at!r}.")

    @classmethod
    def after(cls, seconds: float | None) -> Deadline:
        """Returns the deadline that many seconds from now; None stands for no limit."""
        return cls(math.inf if seconds is None else time.monotonic() + seconds, seconds)

    @property
    def expired(self) -> bool:
        """Whether the moment has come."""
        return time.monotonic() >= self.at

    @property
    def units(self) -> float:
        """Units of work are not limited."""
        return math.inf

    @property
    def remaining(self) -> float:
        """The seconds left: 0.0 once expired, `inf` without a limit."""
        return max(0.0, self.at - time.monotonic())


@final
@dataclass(slots=True)
class Work:
    """Counts the work that was done, by those who do it.

    Attributes:
        units: each stands for some microseconds.
    """

    units: int = 0


@final
class Budget:
    """A piece of work, and a deadline beside it.

    Work is counted rather than timed, so that what is found within a budget is the same on any
    machine, as long as the deadline does not pass.
    """

    def __init__(self, work: Work, units: int, deadline: Deadline) -> None:
        """Begins now.

        Args:
            work: counts what is done.
            units: how much may be done from now on.
            deadline: when to stop in any case.
        """
        self._work = work
        self._until = work.units + units
        self._deadline = deadline

    @property
    def expired(self) -> bool:
        """Whether the work is done, or the deadline has passed."""
        return self._work.units >= self._until or self._deadline.expired

    @property
    def units(self) -> float:
        """The units of work that are left."""
        return max(0, self._until - self._work.units)
