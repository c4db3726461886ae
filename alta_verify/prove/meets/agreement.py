"""Agreement with another program, on all inputs at once: by the comparison of both."""

from __future__ import annotations

from dataclasses import replace

from alta_verify.claim.equivalent import Pair
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.equivalence.comparison import Comparison
from alta_verify.prove.equivalence.table import KINDS, claims
from alta_verify.prove.meets.meeting import Meeting
from alta_verify.prove.theorem import SAMPLING, attempt
from alta_verify.specs.agreement import Agrees
from alta_verify.universal import nonempty

__all__ = ["show"]


def show(meeting: Meeting, reference: Agrees) -> str:
    """Shows all obligations of the theorem that both programs give the same outputs."""
    claim = meeting.claim
    pair = Pair.of(claim.program, reference.program, claim.extent.bound, None, claim.deadline)
    for length in nonempty(claim.lengths, "inputs within the bound"):
        # The comparison is about the inputs that both have, and the claim about all of one.
        missing = claim.count(length) - (pair.count(length) if length in pair.lengths else 0)
        if missing:
            raise NotShown(f"{missing} inputs of {length} tokens are none of the {reference.name}")
    comparison = Comparison(replace(pair, calls=claim.calls))
    obligations = [obligation for obligation in claims(pair) if obligation.kind != SAMPLING]
    for obligation in nonempty(obligations, "obligations"):
        try:
            attempt(KINDS, comparison, obligation)
        except Refuted as refuted:
            meeting.refute(refuted.counterexample.tokens)
            raise NotShown(f"{obligation}: a difference was found but did not replay") from None
        except NotShown as reason:
            raise NotShown(f"{obligation}: {reason}") from None
    how = "by enumeration" if comparison.enumerable else "symbolically"
    return f"compared with {reference.name} {how}, in {len(obligations)} obligations"
