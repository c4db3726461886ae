"""Bounds on the whole of a check: a clock, and the memory of this process.

Sizes are bounded before anything is made of a file. These are for what that does not foresee.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

from alta_verify.check.refused import Refused

__all__ = ["bounded"]

_STATM: Final = Path("/proc/self/statm")


@contextmanager
def bounded(seconds: float | None, mebibytes: float | None) -> Iterator[None]:
    """Has what is done inside refused when it takes longer, or has no memory left.

    Where the system has no such clock or limit, or in another thread than the first, there is none.

    Args:
        seconds: wall time; None for any.
        mebibytes: the memory that may be taken in addition to what there is; None for any.

    Raises:
        Refused: when the time is over, wherever that happens.
        MemoryError: when the memory is.
    """
    with ExitStack() as stack:
        if mebibytes is not None:
            stack.enter_context(_memory(int(mebibytes * 2**20)))
        if seconds is not None:
            stack.enter_context(_clock(seconds))
        yield


@contextmanager
def _clock(seconds: float) -> Iterator[None]:
    def over(*_: object) -> NoReturn:
        raise Refused(f"it takes longer than {seconds:g} s; --limit gives it more")

    first = threading.current_thread() is threading.main_thread()
    if not first or not hasattr(signal, "setitimer"):
        yield
        return
    before: Any = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _memory(more: int) -> Iterator[None]:
    try:
        import resource

        pages = int(_STATM.read_text(encoding="ascii").split()[0])
    except (ImportError, OSError):
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = pages * resource.getpagesize() + more
    known = [limit for limit in (soft, hard, wanted) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(known), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
