"""Limits of what is read from files, which may be a stranger's: checked before anything is made.

The checker of certificates has the same ones (`alta_verify.check.limits`).
"""

from __future__ import annotations

from typing import Final

__all__ = ["MAX_COORDINATES", "MAX_DIGITS", "MAX_TEXT"]

MAX_TEXT: Final = 1 << 26
"""The most characters of a program's text."""

MAX_DIGITS: Final = 18
"""The most digits of an integer in a program's text."""

MAX_COORDINATES: Final = 1 << 15
"""The most coordinates that the variables and head outputs of a program's text may take."""
