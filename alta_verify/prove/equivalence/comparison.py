"""What a comparison has to show, whichever way it does so."""

from __future__ import annotations

from typing import Protocol

from alta_verify.claim.equivalent import Pair
from alta_verify.obligation import Refuted
from alta_verify.search.disagreement import find_disagreement

__all__ = ["Comparison", "refute"]


class Comparison(Protocol):
    """Shows things of all inputs; returns how, or raises `NotShown` or `Refuted`."""

    def fault(self, side: str, kind: str) -> str:
        """Shows that a program never lacks outputs for one reason.

        Args:
            side: which program.
            kind: ``"conflict"``, ``"range"``, ``"undefined"`` or ``"endless"``.
        """
        ...

    def outputs(self, length: int) -> str:
        """Shows that the outputs are the same on all inputs of one length."""
        ...


def refute(pair: Pair, tokens: tuple[int, ...]) -> None:
    """Replays an input on which the programs seem to disagree.

    Raises:
        Refuted: when they do.
    """
    found = find_disagreement(pair.first, pair.second, tokens, pair.max_layers)
    if found is not None:
        raise Refuted(found)
