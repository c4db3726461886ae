"""Ctrl-C while a solver searches."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupted_meanwhile() -> Iterator[list[int]]:
    """Sends this process SIGINT in a moment, and yields what the handler of this process hears."""
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    # A thread would have to wait for the interpreter's lock, which a solver may hold.
    command = f"sleep 0.2; kill -INT {os.getpid()}"
    try:
        with subprocess.Popen(command, shell=True):
            yield heard
    finally:
        signal.signal(signal.SIGINT, before)
