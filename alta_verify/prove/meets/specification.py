"""``spec``: every run ends, with outputs that are what was meant."""

from __future__ import annotations

from alta_verify.obligation import NotShown
from alta_verify.prove.meets import sampling
from alta_verify.prove.meets.meeting import RUNNABLE, Meeting

__all__ = ["show"]


def show(meeting: Meeting, _: str) -> str:
    """Runs the program on every input where they are few."""
    # What is wrong mostly shows at once; and what is not definite is refused before any proof.
    sampling.show(meeting, "")
    if meeting.number <= RUNNABLE:
        return meeting.run_all()
    raise NotShown(
        f"{meeting.number:.3g} inputs are too many to run, and the specification is not read as "
        "it stands"
    )
