"""Cheap attempts to tell two programs apart, before anything is proved."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from alta.limit import OutOfTime, checkpoint
from alta_verify.claim.equivalent import Pair
from alta_verify.obligation import CutShort, NotShown
from alta_verify.prove.equivalence.comparison import refute
from alta_verify.prove.equivalence.side_by_side import SideBySide
from alta_verify.search.samples import long_words, short_words
from alta_verify.universal import nonempty

__all__ = ["sample"]

_SHORT: Final = 512


def sample(pair: Pair) -> str:
    """Runs both programs on some inputs, shorter ones first, up to the first disagreement.

    Returns:
        How many inputs were run.

    Raises:
        Refuted: when the programs disagree on one of them.
        NotShown: when a disagreement does not replay.
        OutOfTime: when the limit passes before any input was run.
    """
    side_by_side = SideBySide(pair)
    short, long = (
        short_words(pair.inputs, pair.max_len, _SHORT),
        long_words(pair.inputs, pair.max_len),
    )
    words_of = nonempty([*short, *long], "inputs in common")
    run = 0
    try:
        for _, words in groupby(words_of, key=len):
            checkpoint()
            alike = list(words)
            for word in side_by_side.suspects(alike):
                refute(pair, word)
                raise NotShown(f"on {word} a batch disagreed, but no run on its own did")
            run += len(alike)
    except OutOfTime:
        if not run:
            raise
        return CutShort(f"{run} inputs run with both programs; cut short by the limit on time")
    return f"{run} inputs run with both programs"
