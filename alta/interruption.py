"""Interruption: Ctrl-C ends a command at once, wherever it is, and leaves nothing half done.

No exception is raised for it. `KeyboardInterrupt` would pass through native code that is not made
for it: an import of an extension module that is broken off frees what it has not made yet, a
callback of JAX's garbage collection swallows the exception, and the interpreter's own end meets
threads that still compute. So the process ends on the spot, after the clean-up that was asked for.

A signal handler of Python runs between two steps of the main thread, and so not while that thread
is inside a solver or compiler for seconds. A second thread, which the signal itself wakes, then
ends the process.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread, current_thread, main_thread
from typing import Final, NoReturn

__all__ = ["INTERRUPTED", "on_interruption", "run_process"]

# The exit status after Ctrl-C, as shells have it for a command that SIGINT ends.
INTERRUPTED: Final = 128 + signal.SIGINT

# Seconds that the main thread has to hear of an interruption.
_GRACE: Final = 0.2

_CLEANUPS: list[Callable[[], object]] = []

_ENDING: Final = Lock()


def run_process(name: str, command: Callable[[], int]) -> NoReturn:
    """Runs a command as this process, which Ctrl-C ends at any moment, and ends with its status.

    Whatever takes long to import should be imported by the command, since an interruption is heard
    from here on. The name is for its last words.
    """
    # Whoever started the process with SIGINT ignored, as shells do with background jobs, meant it.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN and current_thread() is main_thread():
        _listen(name)
    _leave(command())


# Ends the process with a status, without waiting for threads that still compute.
def _leave(status: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        # Errors of the output were reported by the command; a stream may be closed, or None.
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    if not _ENDING.acquire(blocking=False):
        # An interruption came first, and the other thread is about to end the process.
        signal.pause()
    os._exit(status)


@contextmanager
def on_interruption(action: Callable[[], object]) -> Iterator[None]:
    """Has an action clean up, in any thread, only where Ctrl-C ends the process in this block."""
    _CLEANUPS.append(action)
    try:
        yield
    finally:
        _CLEANUPS.remove(action)


def _listen(name: str) -> None:
    reader, writer = os.pipe()
    # A signal handler must not wait for room in the pipe.
    os.set_blocking(writer, False)
    signal.signal(signal.SIGINT, lambda *_: _end(name))
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    # A process that was forked writes to the same pipe, so it goes by itself.
    os.register_at_fork(after_in_child=_forget)
    Thread(target=_watch, args=(reader, name), daemon=True).start()


def _watch(reader: int, name: str) -> None:
    while signal.SIGINT not in os.read(reader, 512):
        pass
    # The main thread comes first if it can: while it is in its handler it makes no more files.
    time.sleep(_GRACE)
    _end(name)


def _forget() -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


# Ends the process; the first thread that comes here does.
def _end(name: str) -> None:
    if not _ENDING.acquire(blocking=False):
        return
    # Children first, so that none writes to what is cleaned up next; then the innermost block's.
    for action in reversed([*_CLEANUPS, _end_children]):
        with suppress(Exception):
            action()
    with suppress(OSError):
        # A progress bar hides the cursor.
        bar = "\r\x1b[2K\x1b[?25h" if os.isatty(2) else ""
        os.write(2, f"{bar}{name}: interrupted\n".encode())
    os._exit(INTERRUPTED)


def _end_children() -> None:
    multiprocessing = sys.modules.get("multiprocessing")
    for child in () if multiprocessing is None else multiprocessing.active_children():
        child.kill()
