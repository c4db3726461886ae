"""The operators of Python by their syntax, as functions of values."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from alta.lang.domain import NotFollowed

__all__ = ["BINARY", "COMPARISONS", "CONVERSIONS", "UNARY", "formatted", "joined"]

BINARY: Final[Mapping[type[ast.AST], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}
UNARY: Final[Mapping[type[ast.AST], Callable[[Any], Any]]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}
CONVERSIONS: Final[Mapping[int, Callable[[Any], Any]]] = {
    -1: lambda value: value,
    ord("s"): str,
    ord("r"): repr,
    ord("a"): ascii,
}


def joined(*parts: str) -> str:
    """Returns the text of a formatted string from those of its parts."""
    return "".join(parts)


def formatted(convert: Callable[[Any], Any], value: Any, spec: str) -> str:
    """Returns the text of a value in a formatted string."""
    return format(convert(value), spec)


def _same(first: Any, second: Any) -> bool:
    # What is read is no object that one could have, and small ints are: only these are certain.
    if not any(value is None or isinstance(value, bool) for value in (first, second)):
        raise NotFollowed("it compares objects by 'is'")
    return first is second


COMPARISONS: Final[Mapping[type[ast.AST], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda member, whole: member in whole,
    ast.NotIn: lambda member, whole: member not in whole,
    ast.Is: _same,
    ast.IsNot: lambda first, second: not _same(first, second),
}
