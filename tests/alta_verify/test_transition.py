"""A transition is of a pattern if every name has one of the pattern's values."""

from __future__ import annotations

import pytest

from alta_verify.transition import Transition

STEP = Transition({"a": 0, "b": 2}, {"a": 1})


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ({}, True),
        ({"a": {0}}, True),
        ({"a": {0, 1}, "b": {2}}, True),
        ({"a": {0}, "b": {1}}, False),
        ({"a": set()}, False),
    ],
)
def test_every_name_of_the_pattern_counts(pattern, fits):
    assert STEP.is_of(pattern) is fits


def test_a_name_that_it_lacks_is_an_error():
    with pytest.raises(KeyError):
        STEP.is_of({"c": {0}})
