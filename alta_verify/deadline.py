"""A deadline is a fixed point of monotonic time, shared by all the steps of one task."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import final

__all__ = ["Deadline"]


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
    def remaining(self) -> float:
        """The seconds left: 0.0 once expired, `inf` without a limit."""
        return max(0.0, self.at - time.monotonic())
