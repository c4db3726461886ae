"""Names: of programs, variables, heads and tokens."""

from __future__ import annotations

from alta.errors import ProgramError

__all__ = ["check_name"]


def check_name(name: str, what: str) -> str:
    """Returns a name.

    Raises:
        ProgramError: when it has half of a surrogate pair. Text writes characters above U+FFFF as
            pairs, so that two halves would come back as one character.
    """
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise ProgramError(
            f"{what}: expected Unicode characters, got half of a surrogate pair in {name!r}"
        )
    return name
