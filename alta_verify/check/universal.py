"""Universals: what is concluded of all is concluded of something, or refused.

Whatever holds of all rows, states or inputs holds of none as well. So everything that evidence
says, or that is derived from it, and of which something is then said to hold throughout, comes
through here first. The documentation has the list (No universal over nothing).
"""

from __future__ import annotations

from collections.abc import Sized
from typing import TypeVar

from alta_verify.check.refused import Refused

__all__ = ["nonempty"]

Some = TypeVar("Some", bound=Sized | int)


def nonempty(some: Some, what: str) -> Some:
    """Returns some things, of which there is at least one.

    Args:
        some: what is gone through: anything with a length, or a mask.
        what: what they are, in words.

    Raises:
        Refused: when there are none.
    """
    if not some:
        raise Refused(f"there are no {what}, so that nothing can be concluded from all of them")
    return some
