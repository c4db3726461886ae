"""The table of obligations of "two programs give the same outputs", in the order of their turns."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from typing import Final

from alta_verify.claim.equivalent import SIDES, Pair
from alta_verify.obligation import Obligation
from alta_verify.prove.equivalence import faults, outputs, sampling
from alta_verify.prove.equivalence.comparison import Comparison
from alta_verify.prove.theorem import SAMPLING, Kind

__all__ = ["KINDS", "claims"]

_SHORTER: Final = "ask for shorter inputs, or bound the layers (`max_layers=`)"

KINDS: Final[Mapping[str, Kind[Comparison]]] = {
    SAMPLING: Kind(
        claim="the programs agree on sampled inputs",
        show=sampling.show,
        open_when="a difference showed in a batch and not in a run on its own",
        advice="run both programs on that input alone and in a batch, and report the difference",
        part=Fraction(1, 4),
    ),
    **{
        side: Kind(
            claim=f"of the {side} program: {{fault}}",
            show=partial(faults.show, side),
            open_when="symbolic runs of some length could not be followed to their end",
            advice=_SHORTER,
        )
        for side in SIDES
    },
    "outputs": Kind(
        claim="the outputs are the same on inputs of {subject} tokens",
        show=outputs.show,
        open_when="the SAT solver neither found a difference nor excluded one",
        advice=_SHORTER,
    ),
}


def claims(pair: Pair) -> dict[Obligation, str]:
    """Returns every obligation of a comparison with what it says, in the order of reports."""
    order: list[tuple[str, str | None]] = [
        (SAMPLING, None),
        *((side, fault) for side in SIDES for fault in faults.FAULTS),
        *(("outputs", str(length)) for length in pair.lengths),
    ]
    return {
        Obligation(kind, subject): KINDS[kind].claim.format(
            subject=subject, fault=faults.FAULTS.get(str(subject))
        )
        for kind, subject in order
    }
