"""Values: what a variable can hold, made uniform, and written as text."""

from __future__ import annotations

import math
from collections.abc import Set as AbstractSet
from typing import Final, final

import numpy as np

from alta.errors import ProgramError

__all__ = [
    "UNDEFINED",
    "Defined",
    "Undefined",
    "Value",
    "check_name",
    "normalise_count",
    "normalise_float",
    "normalise_set",
    "normalise_value",
    "show_value",
]


@final
class Undefined:
    """The content of a head output when attention selected no key, or several."""

    _instance: Undefined | None = None

    def __new__(cls) -> Undefined:
        """Returns the only instance, so that ``is`` and ``==`` agree."""
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "UNDEFINED"

    # By its name in this module, so that a copy and an unpickled one are the same object.
    def __reduce__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = Undefined()

# The value of a categorical, a numerical or a set variable.
Defined = int | float | frozenset[int]

Value = Defined | Undefined


def normalise_value(value: object, *, where: str) -> int:
    """Returns a Python or NumPy bool or int as an int; the error says where a value stands."""
    # Comparisons give bools, in Python and in NumPy, and programs assign what they give.
    if isinstance(value, (bool, np.bool_, int, np.integer)):
        return int(value)
    raise ProgramError(f"{where}: expected an int, got {value!r} ({type(value).__name__})")


def normalise_count(
    value: object, *, where: str, least: int = 1, greatest: int | None = None
) -> int:
    """Returns an int that is neither less than `least` nor more than `greatest`."""
    count = normalise_value(value, where=where)
    if count < least or (greatest is not None and count > greatest):
        bounds = f"at least {least}" if greatest is None else f"{least} … {greatest}"
        raise ProgramError(f"{where}: expected {bounds}, got {count}")
    return count


def normalise_float(value: object, *, where: str) -> float:
    """Returns a Python or NumPy bool, int or float as a finite float; zero has no sign."""
    if not isinstance(value, (bool, np.bool_, int, np.integer, float, np.floating)):
        raise ProgramError(f"{where}: expected a number, got {value!r} ({type(value).__name__})")
    # An int may be larger than any float, which the next check then refuses.
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ProgramError(f"{where}: expected a finite number, got {value!r}")
    # -0.0 + 0.0 is 0.0.
    return number + 0.0


def normalise_set(value: object, *, where: str) -> frozenset[int]:
    """Returns a set of ints as a frozenset."""
    if not isinstance(value, AbstractSet):
        raise ProgramError(
            f"{where}: expected a set of ints, got {value!r} ({type(value).__name__})"
        )
    return frozenset(normalise_value(member, where=f"{where}: member") for member in value)


def show_value(value: object) -> str:
    """Returns a value as the canonical text has it: ``3``, ``0.5``, ``{0,2}``, or ``null``."""
    if value is None:
        return "null"
    if isinstance(value, frozenset):
        return "{" + ",".join(map(str, sorted(value))) + "}"
    return repr(value)


def check_name(name: str, where: str) -> str:
    """Returns a name, in which there must be no half of a surrogate pair."""
    # Text writes characters above U+FFFF as pairs: two halves would come back as one character.
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise ProgramError(
            f"{where}: expected Unicode characters, got half of a surrogate pair in {name!r}"
        )
    return name
