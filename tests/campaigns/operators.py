"""Operators: what can be done to a piece of Python, as Cosmic Ray's operators and two of our own.

Of Cosmic Ray's those that make a mistake somebody might make. An operator in place of another that
only raises a TypeError, or a decorator less, would be noticed by any test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import parso
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.operators.provider import OperatorProvider
from parso.python.tree import KeywordStatement, Name

__all__ = ["OPERATORS"]

_TAKEN = (
    "AddNot",
    "NumberReplacer",
    "ReplaceAndWithOr",
    "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_BitAnd_BitOr",
    "ReplaceBinaryOperator_BitOr_BitAnd",
    "ReplaceBinaryOperator_Div_Mul",
    "ReplaceBinaryOperator_FloorDiv_Mul",
    "ReplaceBinaryOperator_LShift_RShift",
    "ReplaceBinaryOperator_Mod_FloorDiv",
    "ReplaceBinaryOperator_Mul_Add",
    "ReplaceBinaryOperator_Mul_Div",
    "ReplaceBinaryOperator_Pow_Mul",
    "ReplaceBinaryOperator_RShift_LShift",
    "ReplaceBinaryOperator_Sub_Add",
    "ReplaceBreakWithContinue",
    "ReplaceComparisonOperator_Eq_GtE",
    "ReplaceComparisonOperator_Eq_LtE",
    "ReplaceComparisonOperator_Eq_NotEq",
    "ReplaceComparisonOperator_GtE_Gt",
    "ReplaceComparisonOperator_GtE_Lt",
    "ReplaceComparisonOperator_Gt_GtE",
    "ReplaceComparisonOperator_Gt_LtE",
    "ReplaceComparisonOperator_Is_IsNot",
    "ReplaceComparisonOperator_IsNot_Is",
    "ReplaceComparisonOperator_LtE_Gt",
    "ReplaceComparisonOperator_LtE_Lt",
    "ReplaceComparisonOperator_Lt_GtE",
    "ReplaceComparisonOperator_Lt_LtE",
    "ReplaceComparisonOperator_NotEq_Eq",
    "ReplaceContinueWithBreak",
    "ReplaceFalseWithTrue",
    "ReplaceOrWithAnd",
    "ReplaceTrueWithFalse",
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceUnaryOperator_Delete_USub",
    "ZeroIterationForLoop",
)

_OPPOSITES = (("min", "max"), ("any", "all"), ("lo", "hi"), ("intersection", "union"))

_OPPOSITE = {a: b for pair in _OPPOSITES for a, b in (pair, pair[::-1])}


class _NameOfOpposite(Operator):  # type: ignore[misc]
    """Takes the smallest for the largest, any for all, one end of an interval for the other."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        if isinstance(node, Name) and node.value in _OPPOSITE and not _names_something(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.value = _OPPOSITE[node.value]
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("x = min(y)", "x = max(y)"), Example("x = y.lo", "x = y.hi"))


def _names_something(node: Any) -> bool:
    """Says whether something gets its name here, or an argument goes to one of that name."""
    keyword = node.parent.type == "argument" and node.parent.children[0] is node
    return bool(node.is_definition()) or keyword


class _NoRefusal(Operator):  # type: ignore[misc]
    """Goes on where an error was raised."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        if isinstance(node, KeywordStatement) and node.type == "raise_stmt":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        return parso.parse(f"{node.get_first_leaf().prefix}pass")

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("raise ValueError(1)", "pass"),)


OPERATORS: Mapping[str, type[Operator]] = {
    **{name: OperatorProvider()[name] for name in _TAKEN},
    "NameOfOpposite": _NameOfOpposite,
    "NoRefusal": _NoRefusal,
}
"""By name."""
