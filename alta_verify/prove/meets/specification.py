"""``spec``: every run ends, with outputs that are what was meant."""

from __future__ import annotations

from typing import Final

from alta.limit import OutOfTime
from alta_verify.obligation import NotShown
from alta_verify.prove.meets import agreement, folds, invariants, sampling, simulations
from alta_verify.prove.meets.meeting import ENUMERABLE, RUNNABLE, Meeting
from alta_verify.reading.reading import Unread
from alta_verify.specs.agreement import Agrees
from alta_verify.specs.invariants import Always
from alta_verify.specs.simulation import Simulates

__all__ = ["show"]

# Where all inputs can be run instead, so much work may be done: some seconds.
_UNITS: Final = 1_000_000


def show(meeting: Meeting, _: str) -> str:
    """Runs the program on every input where they are few, and else symbolically if it can be."""
    # What is wrong mostly shows at once; and what is not definite is refused before any proof.
    sampling.show(meeting, "")
    specification = meeting.claim.specification
    if isinstance(specification, Always):
        return invariants.show(meeting, specification)
    if isinstance(specification, Simulates):
        return simulations.show(meeting, specification)
    # A bound on layers would be one of both programs.
    if isinstance(specification, Agrees) and meeting.claim.max_layers is None:
        return agreement.show(meeting, specification)
    # Running all inputs is the meaning itself, and fast for so few; for more of them it may still
    # be all that can be done.
    if meeting.number <= ENUMERABLE:
        return meeting.run_all()
    runnable = meeting.number <= RUNNABLE
    try:
        return folds.show(meeting, _UNITS if runnable else None)
    except (Unread, NotShown, OutOfTime) as reason:
        if runnable:
            return meeting.run_all()
        if not isinstance(reason, Unread):
            raise
        raise NotShown(
            f"{meeting.number:.3g} inputs are too many to run, and what was meant is not read for "
            f"all of them at once: {reason}"
        ) from None
