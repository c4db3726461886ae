"""Progress: how far long work has come, told to a function or shown on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Progress", "progress_bar"]

# Is told how much is done, and how much there is to do.
Progress = Callable[[int, int], None]


@contextmanager
def progress_bar(title: str) -> Iterator[Progress | None]:
    """Shows a bar while standard error is a terminal, and nothing otherwise.

    Args:
        title: what is being done.

    Yields:
        What to tell the progress; None without a terminal.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        # A title may have brackets, which are no markup.
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task(title, total=None)

        def advance(done: int, total: int) -> None:
            bar.update(line, completed=done, total=total)

        yield advance
