"""Monitoring: figures of training, on the terminal and in a file of JSON lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from alta.output import write_text
from alta.progress import bar

__all__ = ["Monitor", "monitor"]


@final
@dataclass(frozen=True)
class Monitor:
    """A file and a bar that figures go to, both of which may be missing."""

    path: Path | None
    update: Callable[..., None] | None

    def show(self, step: int, rate: float, loss: float, accuracy: float | None) -> None:
        """Shows how far training is: steps taken, and a second; the mean loss of the last ones."""
        if self.update is not None:
            shown = "" if accuracy is None else f"  right {accuracy:.4f}"
            figures = f"{rate:,.0f} steps/s  loss {loss:.2e}{shown}"
            self.update(completed=step, figures=figures)

    def write(self, record: dict[str, Any]) -> None:
        """Adds a line to the file."""
        if self.path is not None:
            # Added line by line, so that a process that dies leaves what it has written.
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")

    def keep_up_to(self, step: int) -> None:
        """Drops what was written of later steps, which come again."""
        if self.path is None or not self.path.exists():
            return
        lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        # A line without its end was cut off when the process died.
        kept = [line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= step]
        write_text(self.path, "".join(kept))


@contextmanager
def monitor(title: str, steps: int, path: Path | None, *, quiet: bool = False) -> Iterator[Monitor]:
    """Shows a bar of so many steps on a terminal, unless quiet; what is written goes to `path`."""
    with nullcontext() if quiet else bar(title, steps, transient=False) as update:
        yield Monitor(path, update)
