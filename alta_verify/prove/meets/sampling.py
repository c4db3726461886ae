"""``sampling``: the program does what was meant on some inputs, before anything is proved."""

from __future__ import annotations

from typing import Final

from alta_verify.prove.meets.meeting import Meeting
from alta_verify.search.samples import long_words, short_words
from alta_verify.universal import nonempty

__all__ = ["show"]

_SHORT: Final = 512


def show(meeting: Meeting, _: str) -> str:
    """Runs the program on some inputs, shorter ones first, up to the first that is not as meant."""
    claim = meeting.claim
    words = short_words(claim.inputs, claim.extent.sampled, _SHORT)
    words += long_words(claim.inputs, claim.extent.sampled)
    distinct = list(dict.fromkeys(nonempty(words, "inputs within the bound")))
    meeting.try_all(distinct)
    return f"{len(distinct)} inputs run"
