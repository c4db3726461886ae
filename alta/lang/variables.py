"""Variables: how a program declares what a position can hold."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any, SupportsIndex

from alta.errors import ProgramError
from alta.lang.kinds import Categorical, InitFunction, Initial, Numerical, SetVariable
from alta.lang.values import normalise_count, normalise_float, normalise_set

__all__ = [
    "check_points",
    "check_range",
    "check_subsets",
    "input_var",
    "numeric_var",
    "position_var",
    "set_var",
    "var",
]


def check_range(range_: object) -> int:
    """Returns a variable's range as an int of at least 1."""
    return normalise_count(range_, where="range of a variable")


def check_points(values: object) -> tuple[float, ...]:
    """Returns the points of a numerical variable, one or more, as floats, sorted and distinct."""
    where = "values of a numerical variable"
    if not isinstance(values, Iterable):
        raise ProgramError(f"{where}: expected numbers such as [0, 0.5, 1], got {values!r}")
    # A set of points: which one is nearest depends on neither order nor repetition.
    points = tuple(sorted({normalise_float(value, where=where) for value in values}))
    if not points:
        raise ProgramError(f"{where}: expected at least one, got none; pass None for no buckets")
    return points


def check_subsets(values: object, size: int) -> tuple[frozenset[int], ...]:
    """Returns the subsets of 0 … size-1, one or more, distinct and ordered by sorted members."""
    where = "values of a set variable"
    if not isinstance(values, Iterable):
        raise ProgramError(f"{where}: expected sets such as [{{0}}, {{0, 1}}], got {values!r}")
    subsets = {normalise_set(value, where=where) for value in values}
    if not subsets:
        raise ProgramError(f"{where}: expected at least one subset, got none")
    for subset in subsets:
        if odd := sorted(member for member in subset if not 0 <= member < size):
            raise ProgramError(f"{where}: expected members 0 … {size - 1}, got {odd[0]}")
    # Sets are ordered by inclusion only; their sorted members are in one order.
    return tuple(sorted(subsets, key=sorted))


def var(
    range: SupportsIndex | None = None,  # noqa: A002 - published name
    default: object = 0,
    input_init_fn: InitFunction | None = None,
    position_init_fn: InitFunction | None = None,
    *,
    var_range: SupportsIndex | None = None,
) -> Categorical:
    """Declares a categorical variable, which starts with `default` everywhere.

    Args:
        range: number of values, 0 … range-1.
        default: the first value at every position. Like all values it is checked when the program
            is built, where the variable has a name.
        input_init_fn: maps a token to the first value, in place of `default`.
        position_init_fn: maps a position (from 0) to the first value, in place of `default`.
        var_range: another name of `range`.

    Raises:
        ProgramError: when both functions are given, or no range, or two.
    """
    size = _size("var", range, var_range)
    return Categorical(size, _start("var", default, input_init_fn, position_init_fn))


def input_var(
    range: SupportsIndex | None = None,  # noqa: A002 - published name
    init_fn: InitFunction | None = None,
    *,
    var_range: SupportsIndex | None = None,
    default: object = 0,  # noqa: ARG001 - published name
) -> Categorical:
    """Declares a categorical variable that starts with a value read from the token.

    Args:
        range: number of values, 0 … range-1.
        init_fn: maps a token to the first value; None takes the token itself.
        var_range: another name of `range`.
        default: has no effect, as every position has a token.
    """
    # operator.index gives an int as it is, and refuses everything else.
    initial = Initial("token", function=init_fn or operator.index)
    return Categorical(_size("input_var", range, var_range), initial)


def position_var(
    range: SupportsIndex | None = None,  # noqa: A002 - published name
    init_fn: InitFunction | None = None,
    *,
    var_range: SupportsIndex | None = None,
    default: object = 0,  # noqa: ARG001 - published name
) -> Categorical:
    """Declares a categorical variable that starts with a value read from the position.

    Args:
        range: number of values, 0 … range-1.
        init_fn: maps a position (from 0) to the first value; None takes the position itself.
        var_range: another name of `range`.
        default: has no effect, as every value is read from a position.
    """
    initial = Initial("position", function=init_fn or operator.index)
    return Categorical(_size("position_var", range, var_range), initial)


def numeric_var(
    values: Iterable[float] | None = None,
    default: object = 0.0,
    input_init_fn: InitFunction | None = None,
    position_init_fn: InitFunction | None = None,
) -> Numerical:
    """Declares a numerical variable.

    Args:
        values: the points to which the number is discretised when a rule tests it: rules see the
            nearest one, the lower of two that are equally near. Their order does not matter, nor
            does repetition. None for a number that rules cannot test, only heads can average.
        default: the first number at every position.
        input_init_fn: maps a token to the first number, in place of `default`.
        position_init_fn: maps a position (from 0) to the first number, in place of `default`.

    Raises:
        ProgramError: when both functions are given, or `values` are no finite numbers.
    """
    points = None if values is None else check_points(values)
    return Numerical(points, _start("numeric_var", default, input_init_fn, position_init_fn))


def set_var(
    range: SupportsIndex = 32,  # noqa: A002 - published name, and default
    values: Iterable[AbstractSet[int]] | None = None,
    default: object = frozenset(),
    input_init_fn: InitFunction | None = None,
    position_init_fn: InitFunction | None = None,
) -> SetVariable:
    """Declares a set variable, which as a query selects the keys that are its members.

    Args:
        range: number of possible members, 0 … range-1.
        values: the subsets that the variable can hold; they have to be given.
        default: the first subset at every position; one of `values`.
        input_init_fn: maps a token to the first subset, in place of `default`.
        position_init_fn: maps a position (from 0) to the first subset, in place of `default`.

    Raises:
        ProgramError: when both functions are given, or `values` are no subsets of the range.
    """
    size = check_range(range)
    if values is None:
        raise ProgramError(
            "set_var: expected values=, the subsets that the variable can hold, got None; list the "
            "default, what the initial-value function gives, and what rules assign"
        )
    start = _start("set_var", default, input_init_fn, position_init_fn)
    return SetVariable(size, check_subsets(values, size), start)


def _size(where: str, size: SupportsIndex | None, alias: SupportsIndex | None) -> int:
    if (size is None) == (alias is None):
        given = "neither" if size is None else "both"
        raise ProgramError(f"{where}: expected range or var_range, got {given}")
    return check_range(alias if size is None else size)


def _start(
    where: str, default: Any, by_token: InitFunction | None, by_position: InitFunction | None
) -> Initial:
    if by_token is not None and by_position is not None:
        raise ProgramError(
            f"{where}: expected input_init_fn or position_init_fn, got both; the first value "
            "depends on the token or on the position, not on both"
        )
    if by_token is not None:
        return Initial("token", function=by_token)
    if by_position is not None:
        return Initial("position", function=by_position)
    return Initial("default", function=lambda _: default)
