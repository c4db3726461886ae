"""The proof that two programs are equivalent: every obligation, and how each is shown."""

from __future__ import annotations

from functools import cached_property
from typing import Final, final

from alta.limit import OutOfTime
from alta_verify.claim.equivalent import SIDES, Pair
from alta_verify.obligation import NotShown
from alta_verify.prove.equivalence.comparison import Comparison
from alta_verify.prove.equivalence.enumerated import EnumeratedComparison
from alta_verify.prove.equivalence.sampled import sample
from alta_verify.prove.equivalence.symbolic import SymbolicComparison

__all__ = ["EquivalenceProof", "claims"]

_ENUMERABLE: Final = 1 << 15
"""Languages with at most so many inputs are run through rather than reasoned about."""

_FAULTS: Final = {
    "conflict": "no two of its rules that fire write the same variable",
    "range": "none of its rules that fires assigns a value out of range",
    "undefined": "none of its rules depends on an UNDEFINED variable",
    "endless": "every run of it ends",
}


def claims(pair: Pair) -> dict[str, str]:
    """Returns the name of every obligation of a comparison with what it says."""
    declared = {"sampling": "the programs agree on sampled inputs"}
    for side in SIDES:
        for kind, claim in _FAULTS.items():
            declared[f"{side}[{kind}]"] = f"of the {side} program: {claim}"
    for length in pair.lengths:
        declared[f"outputs[{length}]"] = f"the outputs are the same on inputs of {length} tokens"
    return declared


@final
class EquivalenceProof:
    """Shows the obligations of one comparison."""

    def __init__(self, pair: Pair) -> None:
        """Takes what is compared."""
        self._pair = pair

    def show(self, name: str) -> str:
        """Shows the obligation of a name that `claims` declares.

        Returns:
            The method.

        Raises:
            NotShown: when it could not be shown, with the reason.
            OutOfTime: when there was no time for it.
            Refuted: when the programs disagree on some input.
        """
        try:
            return self._show(name)
        except NotShown as reason:
            # What a solver gave up for want of time it may yet answer.
            if self._pair.deadline.expired:
                raise OutOfTime from reason
            raise
        except OutOfTime:
            # A run that was interrupted in the middle of something is not asked again.
            self.__dict__.pop("_comparison", None)
            raise

    def _show(self, name: str) -> str:
        kind, _, subject = name.removesuffix("]").partition("[")
        if kind == "sampling":
            return sample(self._pair)
        if kind == "outputs":
            return self._comparison.outputs(int(subject))
        return self._comparison.fault(kind, subject)

    @cached_property
    def _comparison(self) -> Comparison:
        if self._pair.inputs_to_compare <= _ENUMERABLE:
            return EnumeratedComparison(self._pair)
        return SymbolicComparison(self._pair)
