"""Bounds within which something is claimed, and numbers as claims word them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any, Final

from alta.errors import AltaError
from alta.inputs.language import InputLanguage

__all__ = [
    "abridged",
    "as_number",
    "check_bounds",
    "check_timeout",
    "in_figures",
    "live_tokens",
    "out_of_time",
]

# Numbers from here on are given by their order of magnitude.
_WRITTEN_OUT: Final = 10**30


def live_tokens(inputs: InputLanguage, lengths: Sequence[int]) -> tuple[frozenset[int], ...]:
    """Returns, for each position, the tokens that occur there in some input of these lengths."""
    tokens: list[set[int]] = [set() for _ in range(max(lengths, default=0))]
    for length in lengths:
        for position, live in enumerate(inputs.live_tokens(length)):
            tokens[position] |= live
    return tuple(map(frozenset, tokens))


def check_bounds(max_len: Any, max_layers: Any = None) -> None:
    """Refuses bounds, within which something is to be shown, that are malformed."""
    if max_len is not None and (type(max_len) is not int or max_len < 1):
        raise AltaError(
            f"max_len: expected an int of at least 1, got {max_len!r}; None stands for every length"
        )
    if max_layers is not None and (type(max_layers) is not int or max_layers < 0):
        raise AltaError(f"max_layers: expected an int of at least 0, got {max_layers!r}")


def check_timeout(timeout: Any) -> None:
    """Refuses what is no number of seconds."""
    number = isinstance(timeout, Real) and not isinstance(timeout, bool)
    # Every comparison with NaN is false, so that it is refused as well.
    if timeout is not None and not (number and timeout >= 0):
        raise AltaError(
            f"timeout: expected a number of seconds, at least 0, or None for no limit, got "
            f"timeout={timeout!r}"
        )


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
    """Returns in one line which obligations time ran out for, and what became of them."""
    number = f"{len(names)} obligation{'s' if len(names) > 1 else ''}"
    return f"out of time: {number} {outcome} ({', '.join(names)})"
