"""Diagrams that are equal as functions are one node."""

import operator
from itertools import product

import pytest

from alta.lang import diagrams as module
from alta.lang.diagrams import ABSENT, Diagrams, TooLarge, key_of
from tests.alta.lang.functions import DOMAINS

NAMES = ["x", "y", "left"]
STATES = [dict(zip(NAMES, values, strict=True)) for values in product(range(3), repeat=3)]


def test_equal_functions_are_one_node():
    diagrams = Diagrams(DOMAINS)
    x, y = diagrams.variable("x"), diagrams.variable("y")
    assert diagrams.apply(operator.add, x, y) == diagrams.apply(operator.add, y, x)
    assert diagrams.apply(operator.mul, x, diagrams.leaf(0)) == diagrams.leaf(0)


@pytest.mark.parametrize("names", [NAMES, NAMES[::-1]])
def test_a_diagram_has_the_values_that_the_function_has(names):
    diagrams = Diagrams(DOMAINS)
    for name in names:
        diagrams.level(name)
    x, y, left = (diagrams.variable(name) for name in NAMES)
    mixed = diagrams.apply(lambda a, b, c: a * b + c, x, y, left)
    chosen = diagrams.select("left", [x, y, mixed])
    exists = diagrams.exists(diagrams.apply(operator.eq, x, y), "y")
    for state in STATES:
        a, b, c = state.values()
        assert diagrams.at(mixed, state) == a * b + c
        assert diagrams.at(chosen, state) == [a, b, a * b + c][c]
        assert diagrams.at(exists, state) is True
        assert diagrams.at(diagrams.restrict(mixed, "y", 2), state) == 2 * a + c
    assert diagrams.support(mixed) == set(NAMES)
    assert {diagrams.value(leaf) for leaf in diagrams.leaves(mixed)} == set(range(7))


def test_a_function_is_not_called_outside_of_the_guard():
    diagrams = Diagrams(DOMAINS)
    x = diagrams.variable("x")
    guard = diagrams.apply(lambda value: value > 0, x)
    inverse = diagrams.apply(lambda value: 1 / value, x, guard=guard)
    assert [diagrams.at(inverse, {"x": value}) for value in range(3)] == [ABSENT, 1.0, 0.5]


def test_values_that_python_calls_equal_may_be_different_leaves():
    values = [1, True, 1.0, 0.0, -0.0, "1", (1,), (True,), [1], frozenset({1}), object(), object()]
    assert len({*map(key_of, values)}) == len(values)
    assert key_of(float("nan")) == key_of(float("nan"))


def test_diagrams_have_an_end(monkeypatch):
    monkeypatch.setattr(module, "MAX_NODES", 4)
    diagrams = Diagrams(DOMAINS)
    with pytest.raises(TooLarge):
        diagrams.variable("x")
