"""Cheap attempts to tell two programs apart, before anything is proved."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from alta_verify.compare.comparison import refute
from alta_verify.compare.pair import Pair
from alta_verify.compare.side_by_side import SideBySide
from alta_verify.ledger import NotShown
from alta_verify.samples import long_words, short_words
from alta_verify.universal import nonempty

__all__ = ["sample"]

_SHORT: Final = 512


def sample(pair: Pair) -> str:
    """Runs both programs on some inputs, shorter ones first, up to the first disagreement.

    Returns:
        How many inputs were run.

    Raises:
        Refuted: when the programs disagree on one of them.
        NotShown: when the deadline passes before, or a disagreement does not replay.
    """
    side_by_side = SideBySide(pair)
    short, long = (
        short_words(pair.inputs, pair.max_len, _SHORT),
        long_words(pair.inputs, pair.max_len),
    )
    for _, words in groupby(nonempty([*short, *long], "inputs in common"), key=len):
        if pair.deadline.expired:
            raise NotShown("out of time")
        for word in side_by_side.suspects(list(words)):
            refute(pair, word)
            raise NotShown(f"on {word} a batch disagreed, but no run on its own did")
    return f"{len(short) + len(long)} inputs run with both programs"
