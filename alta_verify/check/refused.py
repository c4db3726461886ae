"""Refusals: the one way in which a check ends badly, and how it is put into words."""

from __future__ import annotations

import unicodedata
from collections.abc import Sized
from itertools import zip_longest
from typing import Final, TypeVar

__all__ = ["Refused", "difference", "nonempty", "visible"]

Collection = TypeVar("Collection", bound=Sized | int)

# Categories of characters that show nothing: controls, directions, halves of pairs, line ends.
_STEERING: Final = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})


class Refused(Exception):  # noqa: N818 - an outcome, not an error
    """A certificate does not show what it claims; the message says why.

    Whatever in this folder does not find what it expects raises it.
    """


def nonempty(members: Collection, description: str) -> Collection:
    """Returns things with a length, or value bits, of which there is at least one.

    Whatever holds of all rows, states or inputs holds of none as well. So everything that evidence
    says, or that is derived from it, and of which something is then said to hold throughout, comes
    through here first.
    """
    # Lemma 12 (witnesses): every conclusion about all members of a set is about at least one.
    if not members:
        raise Refused(
            f"there are no {description}, so that nothing can be concluded from all of them"
        )
    return members


def visible(text: str) -> str:
    r"""Returns a text with `\x9b` in place of the character U+009B, and the like; in one line."""
    return "".join(
        letter.encode("unicode_escape").decode()
        if unicodedata.category(letter) in _STEERING
        else letter
        for letter in text
    )


def difference(got: str, expected: str) -> str:
    """Returns the first line in which two texts differ, in words."""
    lines = zip_longest(got.split("\n"), expected.split("\n"))
    number, (line, wanted) = next((n, pair) for n, pair in enumerate(lines, 1) if len({*pair}) > 1)
    return f"line {number} is {line!r:.100}, expected {wanted!r:.100}"
