"""A limit, and checkpoints at which long work stops once it has passed.

Whoever wants an end sets a limit around its work; loops that may take long look at it at every
turn. The limit is a context variable, so that no function on the way has to hand it on, and each
thread has its own. What was begun and not finished is lost: nothing that a checkpoint interrupts
may be used afterwards, unless each of its steps is whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

__all__ = ["Limit", "OutOfTime", "checkpoint", "current", "in_time", "limited"]

_T = TypeVar("_T")


class OutOfTime(Exception):  # noqa: N818 - an outcome, not an error
    """The passing of the limit, which shows nothing."""

    def __init__(self, reason: str = "cut short") -> None:
        """Takes what is to be said of it."""
        super().__init__(reason)


class Limit(Protocol):
    """A moment at which work stops."""

    @property
    def expired(self) -> bool:
        """Whether the moment has come."""
        ...

    @property
    def remaining(self) -> float:
        """The seconds left; `inf` without a limit."""
        ...


_LIMIT: ContextVar[Limit | None] = ContextVar("limit", default=None)


def current() -> Limit | None:
    """Returns the limit of the work at hand; None where nobody set one."""
    return _LIMIT.get()


def checkpoint() -> None:
    """Stops the work at hand, raising `OutOfTime`, if its limit has passed."""
    # Called at every turn of long loops: without a limit it has to cost next to nothing.
    limit = _LIMIT.get()
    if limit is not None and limit.expired:
        raise OutOfTime


def in_time(result: _T | OutOfTime) -> _T:
    """Returns what was found, unless that is that there was no time for it, which it raises."""
    if isinstance(result, OutOfTime):
        raise OutOfTime(str(result))
    return result


@contextmanager
def limited(limit: Limit | None) -> Iterator[None]:
    """Sets the limit of what is done within; None for no limit, whatever was set around it."""
    token = _LIMIT.set(limit)
    try:
        yield
    finally:
        _LIMIT.reset(token)
