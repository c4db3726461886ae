"""Wording that claims have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

__all__ = ["abridged", "as_number", "in_figures", "out_of_time"]

# Numbers from here on are given by their order of magnitude.
_WRITTEN_OUT: Final = 10**30


def abridged(text: str) -> str:
    """Returns a text of at most 60 characters, cut where it is longer."""
    return text if len(text) <= 60 else f"{text[:57]}…"


def in_figures(count: int) -> str:
    """Returns a number with separators; a large one rounded as well, and the largest only so."""
    if count < 10**7:
        return f"{count:,}"
    if count < _WRITTEN_OUT:
        return f"{count:.3g} (exactly {count:,})"
    # Neither a float nor, from some thousand digits, a text would hold it. Divided as whole numbers
    # first, down to three digits.
    exponent = math.floor(math.log10(count))
    return f"about {count // 10 ** (exponent - 2) / 100:.2f}e+{exponent}"


def as_number(count: int) -> int | str:
    """Returns a number for JSON; in words where readers of JSON could not take it for one."""
    return count if count < _WRITTEN_OUT else in_figures(count)


def out_of_time(outcome: str, names: Sequence[str]) -> str:
    """Returns in one line which obligations time ran out for.

    Args:
        outcome: what became of them.
        names: the obligations.
    """
    number = f"{len(names)} obligation{'s' if len(names) > 1 else ''}"
    return f"out of time: {number} {outcome} ({', '.join(names)})"
