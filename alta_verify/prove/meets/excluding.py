"""Exclusion: that no input of a length satisfies a literal, or one that refutes."""

from __future__ import annotations

from typing import assert_never

from alta.limit import OutOfTime, checkpoint
from alta_verify.deadline import Clock
from alta_verify.obligation import NotShown
from alta_verify.prove.meets.meeting import Meeting
from alta_verify.reach.symbolic.graph import FALSE, Literal
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.run import SymbolicRun
from alta_verify.reach.symbolic.sweep import GaveUp, Unsatisfiable, Witness

__all__ = ["excluded", "follow", "given_up"]


def excluded(
    meeting: Meeting, inputs: Inputs, wrong: Literal, place: str, clock: Clock | None = None
) -> bool:
    """Returns whether a solver had to say that no input satisfies a literal; refutes otherwise."""
    checkpoint()
    deadline = meeting.claim.deadline if clock is None else clock
    # SAT sweeping (FRAIG): where the program and what was meant of it merge, nothing is left.
    (literal,) = inputs.sweeper.sweep([wrong], deadline=deadline)
    if literal == FALSE:
        return False
    match inputs.sweeper.witness([literal], deadline=deadline):
        case Witness(assignment=assignment):
            meeting.refute(inputs.read(assignment))
            raise NotShown(f"{place}: a difference was found but did not replay")
        case GaveUp():
            raise given_up(deadline, f"{place}: the SAT solver gave up")
        case Unsatisfiable():
            return True
        case answer:
            assert_never(answer)


def follow(run: SymbolicRun, length: int, deadline: Clock) -> None:
    """Follows the runs on all inputs of a length to their ends."""
    if not run.advance(deadline):
        reason = run.stuck or "runs were not followed to their ends"
        raise given_up(deadline, f"length {length}: {reason}")


def given_up(deadline: Clock, reason: str) -> NotShown | OutOfTime:
    """Returns what to raise where nothing is known: that time is up, or else the reason."""
    return OutOfTime() if deadline.expired else NotShown(reason)
