"""``architecture``: all that a model runs with beside its weights is the program's."""

from __future__ import annotations

from alta_verify.claim.architecture import differences
from alta_verify.obligation import NotShown
from alta_verify.prove.computes.context import Context
from alta_verify.search.counterexample import Counterexample

__all__ = ["search", "show"]


def show(context: Context, _: str) -> str:
    """Compares names of tokens, kinds, masks, halt, output, bounds, and the arrays that run."""
    task = context.task
    # No weight says what masks, kinds, halt and bounds are, and the proof reads these off the
    # model: so the theorem is about the program only if they are the program's.
    lengths = None if task.max_len is None else task.lengths
    for difference in differences(task.program, task.model, lengths, task.max_layers):
        raise NotShown(difference)
    return "compared"


def search(context: Context, _: str) -> Counterexample | None:
    """Looks for an input on which another mask or another name of a token shows."""
    return context.guided.masks() or context.guided.names()
