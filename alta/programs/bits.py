"""Text of the parity programs: a string of bits, and the parity of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alta.errors import TokenError

__all__ = ["bits_of", "last_output"]


def bits_of(text: str) -> list[int]:
    """Returns the bits of a string of 0 and 1.

    Raises:
        TokenError: for any other character, with its place.
    """
    for position, character in enumerate(text):
        if character not in "01":
            raise TokenError(
                f"text {text!r}: expected a string of 0 and 1, got {character!r} at {position}"
            )
    return [int(character) for character in text]


def last_output(outputs: Sequence[Any]) -> str:
    """Returns the output at the last position as text; of no outputs no text."""
    return str(outputs[-1]) if outputs else ""
