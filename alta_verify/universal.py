"""Universals: what is concluded of all is concluded of something, or is left open.

Whatever holds of all rows, states or inputs holds of none as well. So everything that is derived,
and of which something is then said to hold throughout, comes through here first. The documentation
has the list (No universal over nothing).
"""

from __future__ import annotations

from collections.abc import Sized
from typing import TypeVar

__all__ = ["Empty", "nonempty"]

Members = TypeVar("Members", bound=Sized | int)


class Empty(Exception):  # noqa: N818 - an outcome, not an error
    """Says that there is nothing of which something was to be concluded."""


def nonempty(members: Members, name: str) -> Members:
    """Returns what is gone through, of which there is something: the obligation is open otherwise.

    It is anything with a length, or a number that counts or is a mask; `name` says what, in words.
    """
    # All members of none have every property: whoever gets them would prove anything.
    if not members:
        raise Empty(f"there are no {name}, so that nothing can be concluded from all of them")
    return members
