"""The definition of a function is returned where it is certainly that function's."""

import ast
import linecache

import pytest

from alta.lang.syntax import definition_of
from tests.alta.lang.functions import compiled


def copy(z):
    z["y"] = z["x"]


def test_a_function_has_its_definition():
    assert ast.unparse(definition_of(copy).body) == "z['y'] = z['x']"


def test_a_lambda_has_its_definition():
    definition = definition_of(lambda z: z["x"])
    assert ast.unparse(definition) == "lambda z: z['x']"


def test_of_two_lambdas_in_a_line_neither_has_one():
    first, second = (lambda z: z["x"]), (lambda z: z["y"])
    assert definition_of(first) is definition_of(second) is None


def test_a_file_that_changed_since_is_not_believed():
    function = compiled("def function(z):\n    z['x'] = 1\n")
    assert definition_of(function) is not None
    filename = function.__code__.co_filename
    changed = [line.replace("1", "2") for line in linecache.getlines(filename)]
    linecache.cache[filename] = (0, None, changed, filename)
    assert definition_of(function) is None


@pytest.mark.parametrize("body", ["yield z", "return [x async for x in z]"])
def test_a_function_whose_body_is_run_later_has_none(body):
    function = compiled(f"{'async ' * ('async' in body)}def function(z):\n    {body}\n")
    assert definition_of(function) is None


def test_without_a_source_there_is_none():
    scope = {}
    exec("def function(z): pass", scope)
    assert definition_of(scope["function"]) is None
