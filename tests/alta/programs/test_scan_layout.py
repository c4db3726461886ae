"""The areas of the SCAN programs lie over one another."""

import pytest

import alta
from alta.errors import ProgramError
from alta.programs.scan_layout import Layout


@pytest.mark.parametrize(
    ("name", "sizes", "said"),
    [
        ("scan", {"max_words": 0}, "max_words: expected 1 … 9, got 0"),
        ("scan", {"max_words": 10}, "max_words: expected 1 … 9, got 10"),
        ("scan", {"max_actions": 0}, "max_actions: expected 1 … 48, got 0"),
        ("scan", {"max_actions": 49}, "max_actions: expected 1 … 48, got 49"),
        ("scan", {"max_actions": 2.5}, "max_actions: expected an int, got 2.5"),
        ("scan", {"short_length": 10}, "short_length: expected at least 11, got 10"),
        ("scan", {"max_words": 2, "short_length": 7}, "short_length: expected at least 8, got 7"),
        ("scan", {"short_length": "20"}, "short_length: expected an int, got '20'"),
        ("scan_parser", {"max_words": -1}, "max_words: expected 1 … 9, got -1"),
    ],
)
def test_a_size_that_makes_no_sense_is_refused(name, sizes, said):
    with pytest.raises(ProgramError, match=said):
        alta.programs.get(name, **sizes)


def test_areas_lie_over_one_another():
    layout = Layout(words=2, actions=9, short=9)
    positions = range(layout.longest)
    assert (layout.cells, layout.longest, layout.indices) == (8, 10, 9)
    assert [layout.index(p) for p in positions] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 8]
    assert [layout.above(p) for p in positions] == [1, 2, 3, 4, 5, 6, 7, 0, 8, 8]
    assert [layout.cursor(p) for p in positions] == [0, 1] + [2] * 8
    assert [layout.length(actions) for actions in (1, 8, 9)] == [9, 9, 10]


def test_a_sequence_without_positions_behind_the_cells_needs_no_index_for_them():
    layout = Layout(words=9)
    assert (layout.cells, layout.longest, layout.indices) == (11, 11, 11)
    assert sorted(map(layout.index, range(11))) == sorted(map(layout.above, range(11)))
