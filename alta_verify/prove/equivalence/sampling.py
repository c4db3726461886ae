"""``sampling``: the programs agree on some inputs, which is tried before anything is proved."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from alta.limit import OutOfTime, checkpoint
from alta_verify.obligation import CutShort
from alta_verify.prove.equivalence.comparison import Comparison
from alta_verify.search.samples import long_words, short_words
from alta_verify.universal import nonempty

__all__ = ["show"]

_SHORT: Final = 512


def show(comparison: Comparison, _: str) -> str:
    """Runs both programs on some inputs, shorter ones first, up to the first disagreement."""
    pair, inputs = comparison.pair, 0
    words = short_words(pair.inputs, pair.max_len, _SHORT) + long_words(pair.inputs, pair.max_len)
    try:
        for _length, group in groupby(nonempty(words, "inputs in common"), key=len):
            checkpoint()
            alike = list(group)
            comparison.agree(alike)
            inputs += len(alike)
    except OutOfTime:
        # What was run is reported, though cut short; of no input at all there is nothing to report.
        if not inputs:
            raise
        return CutShort(f"{inputs} inputs run with both programs; cut short by the limit on time")
    return f"{inputs} inputs run with both programs"
