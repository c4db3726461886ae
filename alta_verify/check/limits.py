"""Limits of a certificate, which may be a stranger's: sizes, a clock, and memory.

Sizes are checked before anything is made of a file: what is beyond them is refused, though it might
be right. The clock and the memory are for what that does not foresee.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

from alta_verify.check.refused import Refused

__all__ = [
    "MAX_BYTES",
    "MAX_CODES",
    "MAX_COORDINATES",
    "MAX_DIGITS",
    "MAX_LENGTH",
    "MAX_LISTED",
    "MAX_NESTING",
    "MAX_PLACES",
    "MAX_SIDE",
    "MAX_STEPS",
    "MAX_SYMBOLS",
    "MAX_TEXT",
    "MAX_WORDS",
    "bounded",
]

MAX_BYTES: Final = 1 << 30
"""The most bytes of a file."""

MAX_TEXT: Final = 1 << 26
"""The most characters of a program's text."""

MAX_DIGITS: Final = 18
"""The most digits of an integer in a program's text."""

MAX_COORDINATES: Final = 1 << 15
"""The most coordinates that the variables and head outputs of a program may take."""

MAX_NESTING: Final = 100
"""The most parentheses that may be open at once in a pattern."""

MAX_SYMBOLS: Final = 10_000
"""The most symbols that a pattern may have once its counted repetitions are written out."""

MAX_PLACES: Final = 1 << 17
"""The most places of the automaton of an input language."""

MAX_STEPS: Final = 1 << 22
"""The most steps that an automaton may take while its states are listed."""

MAX_LISTED: Final = 1 << 23
"""The most steps while it is listed which tokens stand where in the inputs of all lengths."""

MAX_WORDS: Final = 1 << 22
"""The most tokens that the words of one length may have altogether, where all are listed."""

MAX_LENGTH: Final = 1 << 14
"""The longest input that a certificate may be about."""

MAX_SIDE: Final = 1 << 18
"""The most rows, and the most columns, of a matrix."""

MAX_CODES: Final = 1 << 22
"""The most numbers that the codes of all values may have: coordinates times values."""

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

    # Python delivers signals to the first thread alone, and only there handlers can be set.
    first = threading.current_thread() is threading.main_thread()
    if not first or not hasattr(signal, "setitimer"):
        yield
        return
    before: Any = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        # The timer first: with the default handler back in place, its signal would end the process.
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _memory(allowance: int) -> Iterator[None]:
    try:
        import resource

        pages = int(_STATM.read_text(encoding="ascii").split()[0])
    except (ImportError, OSError):
        yield
        return
    # The limit is on the address space, so the pages that the process has are added to it; and it
    # is never above a limit that holds already.
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = pages * resource.getpagesize() + allowance
    limits = [limit for limit in (soft, hard, wanted) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
