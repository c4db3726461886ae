"""Variables: what a position can hold, and where its first value comes from."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, SupportsIndex, final

import numpy as np

from alta.errors import ProgramError

__all__ = [
    "UNDEFINED",
    "Categorical",
    "Initial",
    "Undefined",
    "Value",
    "check_range",
    "input_var",
    "normalise_value",
    "position_var",
    "var",
]


@final
class Undefined:
    """Is the content of a head output when attention selected no key, or several."""

    _instance: Undefined | None = None

    def __new__(cls) -> Undefined:
        """Returns the only instance, so that ``is`` and ``==`` agree."""
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __reduce__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = Undefined()

Value = int | Undefined

InitFunction = Callable[[int], object]


@final
@dataclass(frozen=True)
class Initial:
    """Says where the first value of a variable comes from.

    Attributes:
        source: ``"default"``, ``"token"`` or ``"position"``.
        table: the values by token or by position once the program is built; one value for a
            default. None while the domain is unknown (a position variable without a
            ``position_range``).
        function: what computes the values that are not in a table. It takes no part in
            comparison: a built program is compared by its tables.
    """

    source: str
    table: tuple[int, ...] | None = None
    function: InitFunction | None = None

    def __eq__(self, other: object) -> bool:
        """Compares tables; functions only where there is no table."""
        if not isinstance(other, Initial):
            return NotImplemented
        if self.table is None or other.table is None:
            return (self.source, self.function) == (other.source, other.function)
        return (self.source, self.table) == (other.source, other.table)

    def __hash__(self) -> int:
        return hash((self.source, self.table))


@final
@dataclass(frozen=True)
class Categorical:
    """Is a variable with the values 0 … range-1, one-hot in the residual stream."""

    range: int
    initial: Initial

    def initial_value(self, token: int, position: int, *, name: str) -> int:
        """Returns the value that the variable starts with.

        Args:
            token: the input token at this position.
            position: the position, from 0.
            name: the variable's name, for the error.

        Raises:
            ProgramError: when a position function gives no value of the variable.
        """
        if self.initial.source == "default":
            assert self.initial.table is not None  # noqa: S101 - set by the constructor
            return self.initial.table[0]
        index = token if self.initial.source == "token" else position
        if self.initial.table is not None:
            return self.initial.table[index]
        return self.computed(index, name=name)

    def computed(self, index: int, *, name: str) -> int:
        """Returns what the initial-value function says for a token or a position.

        Raises:
            ProgramError: when that is not a value of the variable.
        """
        where = f"at {self.initial.source} {index}"
        if self.initial.source == "default":
            where = "by default"
        function = self.initial.function
        value = normalise_value(
            index if function is None else function(index),
            what=f"initial value of variable {name!r} {where}",
        )
        if not 0 <= value < self.range:
            raise ProgramError(
                f"initial value of variable {name!r} {where}: expected 0 … {self.range - 1}, "
                f"got {value}; widen the variable's range or change its first value"
            )
        return value


def normalise_value(value: object, *, what: str) -> int:
    """Returns a Python or NumPy bool or int as an int.

    Raises:
        ProgramError: for anything else, naming what the value is for.
    """
    if isinstance(value, (bool, np.bool_)):
        return int(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    raise ProgramError(f"{what}: expected an int, got {value!r} ({type(value).__name__})")


def check_range(range_: object) -> int:
    """Returns a variable's range as an int of at least 1.

    Raises:
        ProgramError: for anything else.
    """
    size = normalise_value(range_, what="range of a variable")
    if size < 1:
        raise ProgramError(f"range of a variable: expected at least 1, got {size}")
    return size


def var(range: SupportsIndex, default: object = 0) -> Categorical:  # noqa: A002 - published name
    """Declares a categorical variable that starts with `default` everywhere.

    Args:
        range: number of values, 0 … range-1.
        default: the first value at every position. Like all values it is checked when the program
            is built, where the variable has a name.
    """
    return Categorical(check_range(range), Initial("default", function=lambda _: default))


def input_var(range: SupportsIndex, init_fn: InitFunction | None = None) -> Categorical:  # noqa: A002
    """Declares a categorical variable that starts with a value read from the token.

    Args:
        range: number of values, 0 … range-1.
        init_fn: maps a token to the first value; None takes the token itself.
    """
    return Categorical(check_range(range), Initial("token", function=init_fn or operator.index))


def position_var(range: SupportsIndex, init_fn: InitFunction | None = None) -> Categorical:  # noqa: A002
    """Declares a categorical variable that starts with a value read from the position.

    Args:
        range: number of values, 0 … range-1.
        init_fn: maps a position (from 0) to the first value; None takes the position itself.
    """
    return Categorical(check_range(range), Initial("position", function=init_fn or operator.index))
