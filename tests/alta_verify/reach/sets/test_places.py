"""Positions see what their masks leave, and what is sure to be there is counted."""

from __future__ import annotations

from alta.lang.masks import EVERYWHERE, Mask, before
from alta_verify.reach.sets.places import Positions, Selected

THREE = Positions([frozenset({0}), frozenset({0, 1}), frozenset({1})], [1, 3])


def test_first_values_are_those_of_all_live_tokens():
    assert [sorted(starts) for starts in THREE.starts] == [[(0, 0)], [(0, 1), (1, 1)], [(1, 2)]]


def test_readers_are_those_who_can_read():
    for mask in (EVERYWHERE, Mask((-1, 2)), before()):
        pairs = {(p, s) for p in range(3) for s in THREE.readable(p, mask)}
        assert pairs == {(p, s) for s in range(3) for p in THREE.readers(s, mask)}


def test_only_what_every_input_has_is_selected_for_sure():
    # The input of one token has no second position; one with a second position has a third.
    assert THREE.selected(0, EVERYWHERE, [1, 2], [1]) == Selected(0, 2)
    assert THREE.selected(1, EVERYWHERE, [2], [2]) == Selected(1, 1)
    assert Positions([frozenset({0})] * 3, []).selected(1, EVERYWHERE, [2], [2]) == Selected(0, 1)
