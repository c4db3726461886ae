"""Progress: how far long work has come, told to a function or shown on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

__all__ = ["Progress", "announce", "bar", "listening", "progress_bar", "tell"]

# Is told how much is done, and how much there is to do.
Progress = Callable[[int, int], None]

# A context variable, so that no function on the way has to hand on who listens.
_LISTENER: ContextVar[Callable[[str], None] | None] = ContextVar("listener", default=None)


def announce(text: str) -> None:
    """Says something before long work, as what it will cost, while standard error is a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def tell(figures: str) -> None:
    """Tells whoever listens how far a piece of long work has come, in a few words."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(figures)


@contextmanager
def listening(listener: Callable[[str], None]) -> Iterator[None]:
    """Has a function hear what is told within."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


@contextmanager
def bar(
    title: str, total: int | None = None, *, elapsed: bool = False, transient: bool = True
) -> Iterator[Callable[..., None] | None]:
    """Shows a bar while standard error is a terminal, and yields what updates it, or None.

    It is updated as `rich.progress.Progress.update` does, with ``figures=`` for what stands at its
    end, of which the text is asked for ten times a second. It shows the time that elapsed, or the
    one that remains; if transient, it goes in the end.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress
    from rich.console import Console

    columns = (
        # Titles may have brackets, which are no markup.
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn() if elapsed else progress.TimeRemainingColumn(),
        progress.TextColumn("{task.fields[figures]}", markup=False),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=transient) as shown:
        yield partial(shown.update, shown.add_task(title, total=total, figures=""))


@contextmanager
def progress_bar(title: str) -> Iterator[Progress | None]:
    """Shows a bar while standard error is a terminal, and yields what to tell the progress."""
    with bar(title) as update:
        yield update and (lambda done, total: update(completed=done, total=total))
