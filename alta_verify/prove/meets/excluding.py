"""Exclusion: that no input of a length satisfies a literal, or one that refutes."""

from __future__ import annotations

from typing import Final, assert_never

from alta.limit import OutOfTime, checkpoint
from alta_verify.deadline import Budget, Clock
from alta_verify.obligation import NotShown
from alta_verify.prove.meets.meeting import Meeting
from alta_verify.reach.slices import SlicedProgram
from alta_verify.reach.symbolic.counted import CountedRun
from alta_verify.reach.symbolic.graph import FALSE, Literal
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.run import SymbolicRun
from alta_verify.reach.symbolic.sweep import GaveUp, Unsatisfiable, Witness

__all__ = ["excluded", "followed", "given_up"]

# So much work has each way to follow runs at first: some tenths of a second.
_UNITS: Final = 20_000


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


def followed(program: SlicedProgram, inputs: Inputs, length: int, clock: Clock) -> SymbolicRun:
    """Returns the runs on all inputs of a length, followed to their ends.

    Where this takes long, it takes turns with counting, and what that knows is not worked out.
    """
    bound, work, units = program.layer_bound(length), inputs.graph.work, _UNITS
    run, counted = SymbolicRun(program, inputs, bound), CountedRun(program, inputs, length)
    while not clock.expired:
        if run.advance(Budget(work, units, clock)):
            return run
        # Lemma 16 (counted values): what counting knows may take the place of any guards.
        if counted.advance(Budget(work, units, clock)):
            run = SymbolicRun(program, inputs, bound, counted) if counted.layers else run
            break
        # Budgets grow geometrically, so that no more than a constant times the last is wasted.
        units *= 2
    if not run.advance(clock):
        reason = run.stuck or "runs were not followed to their ends"
        raise given_up(clock, f"length {length}: {reason}")
    return run


def given_up(deadline: Clock, reason: str) -> NotShown | OutOfTime:
    """Returns what to raise where nothing is known: that time is up, or else the reason."""
    return OutOfTime() if deadline.expired else NotShown(reason)
