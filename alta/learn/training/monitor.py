"""Monitoring: figures of training, on the terminal and in a file of JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, final

from alta.output import write_text

__all__ = ["Monitor", "monitor"]


@final
class Monitor:
    """Shows figures and writes them down."""

    def __init__(self, path: Path | None, bar: Any, line: Any) -> None:
        """Takes a file and a bar, both of which may be missing."""
        self._path, self._bar, self._line = path, bar, line

    def show(self, step: int, rate: float, loss: float, accuracy: float | None) -> None:
        """Shows how far training is.

        Args:
            step: how many steps were taken.
            rate: steps a second.
            loss: the mean over the last steps.
            accuracy: the share of transitions that come out right, where known.
        """
        if self._bar is not None:
            shown = "" if accuracy is None else f"  right {accuracy:.4f}"
            figures = f"{rate:,.0f} steps/s  loss {loss:.2e}{shown}"
            self._bar.update(self._line, completed=step, figures=figures)

    def write(self, record: dict[str, Any]) -> None:
        """Adds a line to the file."""
        if self._path is not None:
            # Added line by line, so that a process that dies leaves what it has written.
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")

    def keep_up_to(self, step: int) -> None:
        """Drops what was written of later steps, which come again."""
        if self._path is None or not self._path.exists():
            return
        lines = self._path.read_text(encoding="utf-8").splitlines(keepends=True)
        # A line without its end was cut off when the process died.
        kept = [line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= step]
        write_text(self._path, "".join(kept))


@contextmanager
def monitor(title: str, steps: int, path: Path | None, *, quiet: bool = False) -> Iterator[Monitor]:
    """Shows a bar while standard error is a terminal.

    Args:
        title: what is trained.
        steps: how many steps there are.
        path: the file to write to, or None.
        quiet: whether to show nothing in any case.
    """
    with ExitStack() as stack:
        bar = line = None
        if sys.stderr.isatty() and not quiet:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
            )

            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[figures]}", markup=False),
            )
            bar = stack.enter_context(Progress(*columns, console=Console(stderr=True)))
            line = bar.add_task(title, total=steps, figures="")
        yield Monitor(path, bar, line)
