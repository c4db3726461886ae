"""Interning: arrays of keys become small numbers, the same key always the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta.interp.batch.interning import (
    GrowingColumn,
    Interner,
    PairInterner,
    PairTable,
    Projection,
    Rows,
)

keys = st.lists(st.one_of(st.integers(0, 9), st.integers(0, 2**63 - 1)), max_size=40)


def numbered(batches):
    """Numbers keys one by one, as a dictionary does."""
    numbers: dict[int, int] = {}
    return [[numbers.setdefault(key, len(numbers)) for key in batch] for batch in batches], numbers


@given(st.lists(keys, max_size=6))
def test_keys_are_numbered_in_the_order_in_which_they_come_up(batches):
    interner = Interner()
    expected, numbers = numbered(batches)
    numbering = [interner.intern(np.array(batch, dtype=np.int64)).tolist() for batch in batches]
    assert numbering == expected
    assert interner.entries.tolist() == list(numbers)
    assert len(interner) == len(numbers)


@pytest.mark.parametrize("step", [1, 2**32, 2**40 + 1], ids=["near", "far", "odd"])
def test_many_keys_survive_that_the_table_grows(step):
    interner = Interner()
    many_keys = np.arange(50_000) * step
    rng = np.random.default_rng(0)
    for _ in range(3):
        chosen = rng.permutation(many_keys)
        numbers = interner.intern(chosen)
        assert (interner.entries[numbers] == chosen).all()
    assert len(interner) == len(many_keys)
    assert (interner.intern(many_keys[:10]) == interner.intern(many_keys[:10])).all()


def test_the_numbers_have_the_shape_of_the_keys():
    assert Interner().intern(np.array([[3, 4], [4, 3]])).tolist() == [[0, 1], [1, 0]]
    assert Interner().intern(np.empty((2, 0), dtype=np.int64)).shape == (2, 0)


def test_pairs_are_told_apart_by_both_parts():
    pairs = PairInterner()
    left, right = np.array([[0], [1]]), np.array([[0, 1, 0]])
    assert pairs.intern(left, right).tolist() == [[0, 1, 0], [2, 3, 2]]
    parts = pairs.parts(np.arange(4, dtype=np.int32))
    assert [part.tolist() for part in parts] == [[0, 0, 1, 1], [0, 1, 0, 1]]


def test_rows_keep_their_numbers_and_their_columns():
    rows = Rows(["a", "b"])
    assert [rows.number(row) for row in [(5, 1), (5, 2), (5, 1)]] == [0, 1, 0]
    assert rows.column("b").tolist() == [1, 2]
    rows.number((6, 3))
    assert rows.column("b").tolist() == [1, 2, 3]
    assert rows[2] == (6, 3)


def test_a_projection_numbers_what_some_columns_hold():
    rows = Rows(["a", "b"])
    for row in [(5, 1), (5, 2), (6, 1)]:
        rows.number(row)
    projection = Projection(rows, ["a", "no column"])
    assert projection.by_row().tolist() == [1, 1, 2]
    assert projection.column("a").tolist() == [5, 6]
    assert Projection(rows, []).by_row().tolist() == [1, 1, 1]


def test_a_column_grows():
    column = GrowingColumn()
    column.extend(list(range(100)))
    column.extend(np.arange(100, 1000, dtype=np.int32))
    assert column.values.tolist() == list(range(1000))


def test_a_function_of_pairs_is_asked_once_for_each():
    asked = []

    def total(left, right):
        asked.extend(zip(left.tolist(), right.tolist(), strict=True))
        return left + right

    table = PairTable(total)
    left, right = np.array([[1], [2]]), np.array([3, 4, 3])
    assert table.values(left, right).tolist() == [[4, 5, 4], [5, 6, 5]]
    assert table.values(left, right).tolist() == [[4, 5, 4], [5, 6, 5]]
    assert asked == [(1, 3), (1, 4), (2, 3), (2, 4)]
