"""Masks say which positions a head may select, in sequences of every length."""

from __future__ import annotations

import pytest

import alta
from alta.errors import ProgramError
from alta.lang.masks import EVERYWHERE, Mask, mask_of
from tests.alta.lang.toys import refuses

# What each mask lets position i select, by its definition.
MASKS = {
    "everywhere": (EVERYWHERE, lambda i, j: True),
    "causal": (alta.causal(), lambda i, j: j <= i),
    "before": (alta.before(), lambda i, j: j < i),
    "a window": (Mask((-1, 0, 2)), lambda i, j: j - i in {-1, 0, 2}),
    "one offset": (Mask((-3,)), lambda i, j: j - i == -3),
    "past the end": (Mask((9,)), lambda i, j: False),
}
every_mask = pytest.mark.parametrize(("mask", "selects"), MASKS.values(), ids=MASKS)


@every_mask
def test_sources_are_the_positions_that_may_be_selected(mask, selects):
    for length in range(6):
        for i in range(length):
            wanted = [j for j in range(length) if selects(i, j)]
            assert list(mask.sources(i, length)) == wanted


@every_mask
def test_offsets_are_those_between_two_positions_of_a_sequence(mask, selects):
    for length in range(6):
        places = range(length)
        wanted = {j - i for i in places for j in places if selects(i, j)}
        assert list(mask.offsets(length)) == sorted(wanted)


@every_mask
def test_no_position_selects_more_than_the_most(mask, selects):
    for length in range(1, 6):
        rows = [[j for j in range(length) if selects(i, j)] for i in range(length)]
        assert max(map(len, rows)) <= mask.most(length)


def test_the_most_is_exact_for_masks_of_every_length():
    assert [alta.causal().most(n) for n in (None, 1, 5)] == [None, 1, 5]
    assert [alta.before().most(n) for n in (None, 1, 5)] == [None, 1, 4]
    assert [Mask((-2, -1)).most(n) for n in (None, 1, 5)] == [2, 1, 2]
    assert [EVERYWHERE.most(n) for n in (None, 5)] == [None, 5]


def test_only_one_offset_selects_one_position_at_most_whatever_the_length():
    assert [name for name, (mask, _) in MASKS.items() if mask.single] == [
        "one offset",
        "past the end",
    ]


def test_only_without_a_mask_no_position_is_told_apart():
    assert [name for name, (mask, _) in MASKS.items() if mask.everywhere] == ["everywhere"]


def test_masks_with_other_texts_are_other_masks():
    texts = {"-", "causal", "before", "[-1,0]", "[-1]"}
    masks = {EVERYWHERE, alta.causal(), alta.before(), Mask((-1, 0)), Mask((-1,))}
    assert {str(mask) for mask in masks} == texts
    assert len(masks) == len(texts)


def test_a_function_is_no_mask_until_it_is_called():
    refuses(lambda: mask_of(alta.causal, "h"), ["h: expected offsets such as", "alta.causal()"])


@pytest.mark.parametrize("bounds", [{"last": 1}, {"listed": (-1,), "last": 0}], ids=str)
def test_a_mask_that_has_no_text_is_refused(bounds):
    with pytest.raises(ProgramError, match="expected offsets, or 0 or -1"):
        Mask(**bounds)
