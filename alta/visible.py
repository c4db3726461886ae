"""Text that a stranger may have written, as it is shown: characters that steer are written out."""

from __future__ import annotations

import unicodedata
from typing import Final

__all__ = ["visible"]

# Categories of characters that show nothing: controls, directions, halves of pairs, line ends.
_STEERING: Final = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})


def visible(text: str, *, lines: bool = True) -> str:
    r"""Returns a text with `\x9b` in place of the character U+009B, and the like.

    Names of programs, variables and tokens may have any characters. None of them is to reach a
    terminal or a page, where some move the cursor or turn the direction of what follows. Line feeds
    are left where a text is one of several `lines`.
    """
    kept = "\n" if lines else ""
    # Nearly every text is plain, and is told so without looking up each character.
    if text.isascii() and text.replace("\n", "" if lines else "\n").isprintable():
        return text
    return "".join(
        letter.encode("unicode_escape").decode()
        if unicodedata.category(letter) in _STEERING and letter not in kept
        else letter
        for letter in text
    )
