"""Text that a stranger wrote, as it is shown: characters that steer a terminal are written out."""

from __future__ import annotations

import unicodedata
from typing import Final

__all__ = ["visible"]

_STEERING: Final = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
"""Categories of characters that show nothing: controls, directions, halves of pairs, line ends."""


def visible(text: str) -> str:
    r"""Returns a text with `\x9b` in place of the character U+009B, and the like; in one line."""
    return "".join(map(_shown, text))


def _shown(letter: str) -> str:
    if letter.isascii() and letter.isprintable():
        return letter
    if unicodedata.category(letter) not in _STEERING:
        return letter
    return letter.encode("unicode_escape").decode()
