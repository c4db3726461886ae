"""Limits of a certificate, which may be a stranger's: sizes, a clock, memory, and Ctrl-C.

Sizes are checked before anything is made of a file: what is beyond them is refused, though it might
be right. The clock and the memory are for what that does not foresee.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
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
    "MAX_RUNS",
    "MAX_SIDE",
    "MAX_STEPS",
    "MAX_SYMBOLS",
    "MAX_TEXT",
    "MAX_WORDS",
    "bounded",
    "run_process",
]

# The most that there may be:
MAX_BYTES: Final = 1 << 30  # of a file
MAX_TEXT: Final = 1 << 26  # characters of a program's text
MAX_DIGITS: Final = 18  # of an integer in a program's text
MAX_COORDINATES: Final = 1 << 15  # of the variables and head outputs of a program
MAX_NESTING: Final = 100  # parentheses that are open at once in a pattern
MAX_SYMBOLS: Final = 10_000  # of a pattern, once its counted repetitions are written out
MAX_PLACES: Final = 1 << 17  # of the automaton of an input language
MAX_STEPS: Final = 1 << 22  # of an automaton while its states are listed
MAX_LISTED: Final = 1 << 23  # steps while it is listed which tokens stand where, at any length
MAX_WORDS: Final = 1 << 22  # tokens of the words of one length altogether, where all are listed
MAX_RUNS: Final = 1 << 15  # inputs that are run one by one, where it is said what was meant
MAX_LENGTH: Final = 1 << 14  # tokens of the longest input that a certificate is about
MAX_SIDE: Final = 1 << 18  # rows, and columns, of a matrix
MAX_CODES: Final = 1 << 22  # numbers in the codes of all values: coordinates times values


@contextmanager
def bounded(seconds: float | None, mebibytes: float | None) -> Iterator[None]:
    """Has what takes longer refused, and raises MemoryError in what takes more memory.

    The memory is in addition to what the process has; None is for any. Where the system has no such
    clock or limit, or in another thread than the first, there is none.
    """
    memory = nullcontext() if mebibytes is None else _memory(int(mebibytes * 2**20))
    clock = nullcontext() if seconds is None else _clock(seconds)
    with memory, clock:
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

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
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


def run_process(command: Callable[[], int], name: str = "alta-verify check") -> NoReturn:
    """Runs a command as this process, and ends with its status; or with one line after Ctrl-C.

    The checker is Python alone, through which an exception passes safely; on its way it ends the
    process of a solver and removes what is half written. The name is for its last words.
    """
    sys.unraisablehook = partial(_unraisable, name)
    try:
        status = command()
        # `os._exit` would drop what is still in the buffer.
        sys.stdout.flush()
    except KeyboardInterrupt:
        _end(name)
    os._exit(status)


def _unraisable(name: str, error: Any) -> None:
    """Ends the process also where Python drops the exception, as while it frees an object."""
    if isinstance(error.exc_value, KeyboardInterrupt):
        _end(name)
    sys.__unraisablehook__(error)


def _end(name: str) -> NoReturn:
    # A second Ctrl-C changes nothing.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stderr.write(f"{name}: interrupted\n")
    sys.stderr.flush()
    # As shells have it for a command that SIGINT ends.
    os._exit(128 + signal.SIGINT)
