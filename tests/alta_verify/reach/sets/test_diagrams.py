"""Diagrams are the functions that they are built of, and equal functions are one node."""

from __future__ import annotations

from itertools import product

import pytest

from alta_verify.reach.sets.diagrams import FALSE, TRUE, Diagram, Diagrams

RANGES = [range(3), range(1, 4), range(2)]
POINTS = list(product(*RANGES))


def diagrams() -> Diagrams:
    return Diagrams(RANGES)


def where(table: Diagrams, diagram: Diagram) -> set[tuple[int, ...]]:
    """The points of which a function is true, by asking for each of them."""
    return {p for p in POINTS if table.and_(diagram, at(table, p)) != FALSE}


def at(table: Diagrams, point: tuple[int, ...]) -> Diagram:
    return table.all_of(table.sums({level: 1})[number] for level, number in enumerate(point))


def functions(table: Diagrams) -> list[Diagram]:
    return [TRUE, FALSE, *table.sums({0: 1, 2: -1}).values(), *table.sums({1: 2}).values()]


def test_operations_are_those_of_sets_of_points():
    table = diagrams()
    for a, b in product(functions(table), repeat=2):
        left, right = where(table, a), where(table, b)
        assert where(table, table.and_(a, b)) == left & right
        assert where(table, table.or_(a, b)) == left | right
        assert where(table, table.not_(a)) == set(POINTS) - left
        # Whatever is equal is one node, however it is built.
        assert (left == right) == (a == b)


def test_sums_say_where_a_sum_has_each_value():
    table = diagrams()
    for total, diagram in table.sums({0: 1, 1: -2}).items():
        assert where(table, diagram) == {p for p in POINTS if p[0] - 2 * p[1] == total}


def test_points_are_counted_and_shown():
    table = diagrams()
    for diagram in functions(table):
        points = where(table, diagram)
        assert table.count(diagram) == len(points)
        if points:
            assert tuple(table.numbers(diagram)) in points


def test_a_union_leaves_out_what_is_nowhere():
    table = diagrams()
    first, second, *_ = table.sums({0: 1}).values()
    assert table.union([("a", first), ("b", FALSE), ("a", second)]) == {
        "a": table.or_(first, second)
    }


def test_work_is_counted_once():
    table = diagrams()
    first, second = table.sums({0: 1, 1: 1})[2], table.sums({1: 1, 2: 1})[2]
    table.and_(first, second)
    before = table.work.units
    assert before
    table.and_(second, first)
    assert table.work.units == before


@pytest.mark.parametrize("constant", [TRUE, FALSE])
def test_constants_are_what_they_are(constant):
    table = diagrams()
    assert table.all_of([]) == TRUE
    assert table.any_of([]) == FALSE
    assert table.not_(table.not_(constant)) == constant
