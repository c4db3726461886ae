"""A pattern says something of neighbours, in values that people read."""

from __future__ import annotations

import pytest

from alta_verify.reach.windows.patterns import Invariant, WindowPattern
from tests.alta_verify.reach.windows.systems import of


def shown(name: str, index: int) -> str:
    return f"{name[0]}{index}"


def test_a_pattern_is_shown_by_the_values_of_its_sites():
    pattern = of({"done": {0}}, {"done": {1}, "acc": {2, 1}})
    assert pattern.shown(shown) == {
        "sites": [{"done": ["d0"]}, {"acc": ["a1", "a2"], "done": ["d1"]}]
    }
    assert pattern.sentence(shown) == (
        "no position has done = d0 and its right neighbour acc = a1|a2, done = d1"
    )
    assert of({}, {"x": {0}}).sentence(shown).startswith("no position has anything and")


def test_equal_patterns_are_equal_values():
    assert of({"a": {1, 2}, "b": {0}}) == of({"b": {0}, "a": {2, 1}})
    assert hash(of({"a": {1}})) == hash(of({"a": {1}}))


def test_a_pattern_without_sites_is_refused():
    with pytest.raises(ValueError, match="at least one site"):
        WindowPattern(())


def test_an_invariant_is_as_wide_as_its_widest_pattern():
    assert Invariant((of({"a": {1}}), of({}, {}, {"b": {0}}))).width == 3
    assert Invariant(()).width == 0
