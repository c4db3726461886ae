"""The table of obligations of "a program does what was meant", in the order of their turns."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from alta_verify.claim.meets import Meets
from alta_verify.obligation import Obligation
from alta_verify.prove.computes import program
from alta_verify.prove.meets import sampling, specification, unbounded
from alta_verify.prove.meets.meeting import Meeting
from alta_verify.prove.meets.unbounded import Unbounded
from alta_verify.prove.theorem import SAMPLING, SPEC, Kind

__all__ = ["EVERY_LENGTH", "KINDS", "MEETS", "claims", "kinds_of"]

END: Final = "end"
"""The kind of the obligation that every run ends, where inputs of every length count."""

MEETS: Final = Kind[Meeting](
    claim="every run ends, and is as specified: {meaning}",
    show=specification.show,
    open_when="there are more inputs than can be run, and what was meant is not read for all of "
    "them at once, or the SAT solver gave up",
    advice="ask for shorter inputs, write what the reason names with loops, lists and numbers, or "
    "specify with specs.accepts or specs.transducer",
    stays=True,
)
"""The obligation that makes a theorem about a program one about what was meant."""

KINDS: Final[Mapping[str, Kind[Meeting]]] = {
    SAMPLING: Kind(
        claim="the program does what was meant on sampled inputs",
        show=sampling.show,
        open_when="a difference showed in a batch and not in a run on its own",
        advice="run the program on that input alone and in a batch, and report the difference",
        part=Fraction(1, 4),
    ),
    "program": Kind(
        claim="{failure}",
        show=program.show,
        open_when="neither enumeration nor counting nor symbolic runs settled a suspect in time",
        advice="ask for shorter inputs, or narrow the input language to what the program is for",
        part=Fraction(1, 8),
    ),
    SPEC: MEETS,
}


EVERY_LENGTH: Final[Mapping[str, Kind[Unbounded]]] = {
    SAMPLING: Kind(
        claim="the program does what was meant on sampled inputs",
        show=lambda context, subject: sampling.show(context.meeting, subject),
        open_when=KINDS[SAMPLING].open_when,
        advice=KINDS[SAMPLING].advice,
        part=Fraction(1, 4),
    ),
    "program": Kind(
        claim="{failure}",
        show=unbounded.show_failure,
        open_when="no invariant of neighbours excludes it, or none was found in time",
        advice="ask for inputs up to a length (max_len=), or narrow the input language",
        part=Fraction(1, 2),
    ),
    SPEC: Kind(
        claim="every run is as specified: {meaning}",
        show=unbounded.show_specification,
        open_when="no invariant of neighbours shows it, or none was found in time",
        advice="ask for inputs up to a length (max_len=), or have the program keep in variables "
        "what it needs to know of other positions",
    ),
    END: Kind(
        claim="every run ends",
        show=unbounded.show_end,
        open_when="no ranking of positions was found",
        advice="ask for inputs up to a length (max_len=)",
    ),
}
"""The same for inputs of every length."""


def kinds_of(claim: Meets) -> Mapping[str, Kind[Any]]:
    """Returns the table of a claim."""
    return EVERY_LENGTH if claim.max_len is None else KINDS


def claims(claim: Meets) -> dict[Obligation, str]:
    """Returns every obligation with what it says, in the order of reports."""
    order = [
        Obligation(SAMPLING),
        *(Obligation("program", failure) for failure in program.FAILURES),
        Obligation(SPEC),
    ]
    if claim.max_len is None and claim.ending:
        order.append(Obligation(END))
    kinds = kinds_of(claim)
    return {
        obligation: kinds[obligation.kind].claim.format(
            failure=program.FAILURES.get(str(obligation.subject)), meaning=claim.meaning
        )
        for obligation in order
    }
