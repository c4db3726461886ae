"""Limits of a certificate, which may be a stranger's: checked before anything is made of it.

What is beyond them is refused, though it might be right.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "MAX_BYTES",
    "MAX_CODES",
    "MAX_COORDINATES",
    "MAX_DIGITS",
    "MAX_LENGTH",
    "MAX_LISTED",
    "MAX_NESTING",
    "MAX_PLACES",
    "MAX_SIDE",
    "MAX_STEPS",
    "MAX_SYMBOLS",
    "MAX_TEXT",
    "MAX_WORDS",
]

MAX_BYTES: Final = 1 << 30
"""The most bytes of a file."""

MAX_TEXT: Final = 1 << 26
"""The most characters of a program's text."""

MAX_DIGITS: Final = 18
"""The most digits of an integer in a program's text."""

MAX_COORDINATES: Final = 1 << 15
"""The most coordinates that the variables and head outputs of a program may take."""

MAX_NESTING: Final = 100
"""The most parentheses that may be open at once in a pattern."""

MAX_SYMBOLS: Final = 10_000
"""The most symbols that a pattern may have once its counted repetitions are written out."""

MAX_PLACES: Final = 1 << 17
"""The most places of the automaton of an input language."""

MAX_STEPS: Final = 1 << 22
"""The most steps that an automaton may take while its states are listed."""

MAX_LISTED: Final = 1 << 23
"""The most steps while it is listed which tokens stand where in the inputs of all lengths."""

MAX_WORDS: Final = 1 << 22
"""The most tokens that the words of one length may have altogether, where all are listed."""

MAX_LENGTH: Final = 1 << 14
"""The longest input that a certificate may be about."""

MAX_SIDE: Final = 1 << 18
"""The most rows, and the most columns, of a matrix."""

MAX_CODES: Final = 1 << 22
"""The most numbers that the codes of all values may have: coordinates times values."""
