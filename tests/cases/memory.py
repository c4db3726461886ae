"""The memory of a process that tests start."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["peak"]


def peak() -> int:
    """Returns the most memory that this process has had, in MiB.

    `ru_maxrss` would not do: it begins as that of the process that started this one.
    """
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kilobytes) >> 10
