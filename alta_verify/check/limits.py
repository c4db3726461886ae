"""Limits of a certificate, which may be a stranger's: checked before anything is made of it.

What is beyond them is refused, though it might be right.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "MAX_COORDINATES",
    "MAX_DIGITS",
    "MAX_NESTING",
    "MAX_PLACES",
    "MAX_STEPS",
    "MAX_SYMBOLS",
    "MAX_TEXT",
]

MAX_TEXT: Final = 1 << 26
"""The most characters of a program's text."""

MAX_DIGITS: Final = 18
"""The most digits of an integer in a program's text."""

MAX_COORDINATES: Final = 1 << 16
"""The most coordinates that the variables and head outputs of a program may take."""

MAX_NESTING: Final = 100
"""The most parentheses that may be open at once in a pattern."""

MAX_SYMBOLS: Final = 10_000
"""The most symbols that a pattern may have once its counted repetitions are written out."""

MAX_PLACES: Final = 1 << 17
"""The most places of the automaton of an input language."""

MAX_STEPS: Final = 1 << 22
"""The most places that an automaton may go through while its states are worked out."""
