"""The sizes of the shipped programs: ints that make sense."""

from __future__ import annotations

from alta.errors import ProgramError
from alta.lang.values import normalise_value

__all__ = ["checked_size"]


def checked_size(value: object, *, what: str, least: int = 1) -> int:
    """Returns a size as an int.

    Args:
        value: the size.
        what: which one it is, for the error.
        least: the smallest size that makes sense.

    Raises:
        ProgramError: when it is no int, or less.
    """
    size = normalise_value(value, what=what)
    if size < least:
        raise ProgramError(f"{what}: expected at least {least}, got {size}")
    return size
