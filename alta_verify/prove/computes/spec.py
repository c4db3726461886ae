"""``spec``: every run of the program ends, and is what was meant."""

from __future__ import annotations

from alta_verify.obligation import NotShown
from alta_verify.prove.computes.context import Context
from alta_verify.prove.meets import sampling, specification, unbounded

__all__ = ["show"]


def show(context: Context, subject: str) -> str:
    """Shows of the program what is claimed beside that the model computes it."""
    # The outputs of the model are those of the program, by the other obligations.
    if context.meeting is None:
        raise NotShown("nothing was said of what was meant")
    if context.unbounded is None:
        return specification.show(context.meeting, subject)
    sampling.show(context.meeting, "")
    shown = unbounded.show_specification(context.unbounded, subject)
    # It is claimed that runs end where that is seen (`Computes`).
    if not context.unbounded.ending:
        return shown
    return f"{shown}; {unbounded.show_end(context.unbounded, subject)}"
