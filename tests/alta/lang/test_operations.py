"""The functions of operators do what Python does."""

import ast
from typing import Any

import pytest

from alta.lang.domain import NotFollowed
from alta.lang.operations import BINARY, COMPARISONS, CONVERSIONS, UNARY


def parsed(source) -> Any:
    """Returns the syntax of an expression."""
    return ast.parse(source, mode="eval").body


@pytest.mark.parametrize("text", ["+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^"])
def test_an_operator_of_two_values_is_that_of_python(text):
    source = f"6 {text} 2"
    assert BINARY[type(parsed(source).op)](6, 2) == eval(source)


@pytest.mark.parametrize("text", ["not ", "-", "+", "~"])
def test_an_operator_of_one_value_is_that_of_python(text):
    source = f"{text}6"
    assert UNARY[type(parsed(source).op)](6) == eval(source)


@pytest.mark.parametrize("text", ["==", "!=", "<", "<=", ">", ">=", "is", "is not"])
@pytest.mark.parametrize("values", [(True, True), (True, False)])
def test_a_comparison_is_that_of_python(text, values):
    source = f"first {text} second"
    function = COMPARISONS[type(parsed(source).ops[0])]
    assert function(*values) == eval(source, dict(zip(("first", "second"), values, strict=True)))


def test_membership_is_that_of_python():
    assert COMPARISONS[ast.In](1, (1, 2))
    assert COMPARISONS[ast.NotIn](3, (1, 2))


def test_whether_two_objects_are_one_is_asked_only_where_it_is_certain():
    assert not COMPARISONS[ast.Is](None, 5)
    with pytest.raises(NotFollowed):
        COMPARISONS[ast.Is](5, 5)


def test_conversions_are_those_of_formatted_text():
    assert [CONVERSIONS[kind]("ü") for kind in (-1, ord("s"), ord("r"), ord("a"))] == [
        "ü",
        f"{'ü'!s}",
        f"{'ü'!r}",
        f"{'ü'!a}",
    ]
