"""Interruption: Ctrl-C ends the checker's process with one line and status 130."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any, Final, NoReturn

__all__ = ["INTERRUPTED", "run_process"]

INTERRUPTED: Final = 128 + signal.SIGINT
"""The exit status after Ctrl-C, as shells have it for a command that SIGINT ends."""


def run_process(command: Callable[[], int]) -> NoReturn:
    """Runs a command as this process, and ends with its status.

    The checker is Python alone, through which an exception passes safely; on its way it ends the
    process of a solver and removes what is half written.
    """
    sys.unraisablehook = _unraisable
    try:
        status = command()
        # `os._exit` would drop what is still in the buffer.
        sys.stdout.flush()
    except KeyboardInterrupt:
        _end()
    os._exit(status)


def _unraisable(error: Any) -> None:
    """Ends the process also where Python drops the exception, as while it frees an object."""
    if isinstance(error.exc_value, KeyboardInterrupt):
        _end()
    sys.__unraisablehook__(error)


def _end() -> NoReturn:
    # A second Ctrl-C changes nothing.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stderr.write("alta-verify check: interrupted\n")
    sys.stderr.flush()
    os._exit(INTERRUPTED)
