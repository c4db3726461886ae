"""What is before a position is known of tokens like its own, and of others what the mask allows."""

from __future__ import annotations

import pytest

from alta import inputs
from alta.lang.masks import EVERYWHERE, Mask, before, causal
from alta_verify.reach.sets.abstract_transformer import View
from alta_verify.reach.sets.cells import Cell, Cells
from alta_verify.reach.sets.diagrams import TRUE
from alta_verify.reach.sets.parikh import Multiplicities
from alta_verify.reach.sets.selection import Selection, tells_order
from tests.alta_verify.reach.examples import sorting

LENGTH = 5
PROGRAM = sorting("BOS [1-2]*", inputs.regex)


def selection(mask: Mask, *, averages: bool = True) -> tuple[Cells, Selection]:
    """A head that compares tokens, and reads whether a token is BOS."""
    each = {token: token for token in range(6)}
    numbers = Multiplicities(PROGRAM.inputs.factors(LENGTH), LENGTH, each, 10**6)
    cells = Cells(numbers, PROGRAM.inputs.live_tokens(LENGTH), ordered=not mask.everywhere)
    keys = [((cell.token, TRUE),) for cell in cells.cells]
    values = [((int(cell.token == 0), TRUE),) for cell in cells.cells]
    return cells, Selection(cells, mask, keys, values, averages=averages)


def reader(cells: Cells, position: int, token: int, equal: int) -> Cell:
    place = position, token, equal
    return next(c for c in cells.cells if (c.position, c.token, c.before) == place)


@pytest.mark.parametrize(
    ("mask", "own"), [(before(), 0), (causal(), 1), (Mask((-4, -3, -2, -1)), 0)]
)
def test_equal_tokens_before_a_position_are_as_many_as_its_cell_says(mask, own):
    cells, head = selection(mask)
    for equal in range(3):
        views = head.views(frozenset({1}), reader(cells, 4, 1, equal))
        assert views == (View((), (), ((0, equal + own),) if equal + own else ()),)


def test_equal_tokens_behind_a_position_are_those_that_are_not_before():
    cells, head = selection(Mask((1, 2, 3, 4)))
    (view,) = head.views(frozenset({1}), reader(cells, 2, 1, 1))
    # The third and the fourth, if there are so many: each is selected where it is at all.
    assert [source.perhaps for source in view.sources] == [
        cells.numbers.exceeding(1, 2),
        cells.numbers.exceeding(1, 3),
    ]
    assert view.exact


def test_of_other_tokens_it_is_not_known_how_many_are_before():
    cells, head = selection(before())
    views = head.views(frozenset({2}), reader(cells, 3, 1, 1))
    assert len(views) == 2
    assert not views[0].exact
    # But BOS is at the beginning for sure.
    (bos,) = head.views(frozenset({0}), reader(cells, 3, 1, 1))
    assert bos == View((), (), ((1, 1),))


def test_everywhere_tokens_are_as_many_as_the_vector_says():
    _, head = selection(EVERYWHERE)
    (view,) = head.views(frozenset({0, 2}), None)
    # BOS is there in every input, and so many of the other one.
    assert view == View((), ((0, frozenset({2})),), ((1, 1),))


def test_where_one_position_is_read_each_occurrence_is_a_source():
    cells, head = selection(EVERYWHERE, averages=False)
    (view,) = head.views(frozenset({2}), None)
    assert [source.perhaps for source in view.sources] == [
        cells.numbers.exceeding(2, k) for k in range(4)
    ]


@pytest.mark.parametrize(
    ("mask", "tells"),
    [
        (EVERYWHERE, False),
        (causal(), True),
        (before(), True),
        (Mask((-1,)), False),
        (Mask((-2, -1)), True),
        (Mask((0, 1, 2, 3, 4)), True),
    ],
)
def test_a_mask_tells_order_if_it_has_all_before_or_all_behind(mask, tells):
    assert tells_order(mask, LENGTH) == tells
