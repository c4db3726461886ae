"""Ctrl-C for a command in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ended:
    """A command that has ended.

    Attributes:
        status: its exit status.
        err: what it wrote to standard error.
        interrupted: whether it was sent SIGINT before it ended by itself.
    """

    status: int
    err: str
    interrupted: bool

    @property
    def quiet(self) -> bool:
        """Whether Ctrl-C gave status 130, and one line without a traceback."""
        line = self.err.removesuffix("\n").endswith(": interrupted")
        return self.status == 130 and line and self.err.count("\n") == 1


def interrupted(
    command: Sequence[str | Path], delay: float, *, listening: bool = True, ready: str = ""
) -> Ended:
    """Runs a command and sends it SIGINT.

    Args:
        command: the words of the command.
        delay: seconds to wait before.
        listening: whether the delay begins once the command has a thread that waits for signals.
        ready: a line of its output at which the delay begins; none if empty.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # So it is where tests run in the background, and so the command would find it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )
    with process:
        while listening and process.poll() is None and _threads(process.pid) < 2:
            time.sleep(0.001)
        if ready and process.stdout is not None:
            assert process.stdout.readline() == f"{ready}\n"
        time.sleep(delay)
        still = process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    return Ended(process.returncode, err, still)


def _threads(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/task").iterdir()))
    except FileNotFoundError:
        return 0
