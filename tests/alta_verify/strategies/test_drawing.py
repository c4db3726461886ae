"""Arguments that make no sense are refused, and lists have the lengths that were asked for."""

from __future__ import annotations

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from alta.errors import AltaError
from alta_verify.strategies.drawing import check_counts, check_names, lists, named

FEW = settings(max_examples=30)


@pytest.mark.parametrize("value", [0, -1, True, 1.0, "2", None])
def test_what_is_no_number_or_too_small_is_refused_by_name(value):
    with pytest.raises(AltaError, match="programs: size: expected an int of at least 1, got"):
        check_counts("programs", 1, length=1, size=value)
    check_counts("programs", 1, length=1, size=7)


def test_names_are_those_that_there_are():
    assert check_names("near", "ways", iter(["b", "a"]), ("a", "b")) == ("b", "a")
    wrong = {"got one text": "ab", "no 'c'": ["c"], "at least one of a, b": []}
    for complaint, names in wrong.items():
        with pytest.raises(AltaError, match=complaint):
            check_names("near", "ways", names, ("a", "b"))


@FEW
@given(lists(st.integers(), shortest=1, longest=3))
def test_lists_are_no_shorter_and_no_longer(drawn):
    assert 1 <= len(drawn) <= 3


def test_lists_are_long_more_often_than_not_and_shrink_to_the_shortest():
    lengths = []

    @settings(FEW, max_examples=100, phases=[Phase.generate])
    @given(lists(st.booleans(), shortest=0, longest=6, ending=16))
    def draw(drawn):
        lengths.append(len(drawn))

    draw()
    assert sum(length >= 3 for length in lengths) > len(lengths) / 2
    shrunk = find(lists(st.integers(0, 9), shortest=0, longest=6), lambda drawn: 5 in drawn)
    assert shrunk == [5]


@FEW
@given(named("x", st.booleans(), shortest=1, longest=3))
def test_names_are_numbered(drawn):
    assert list(drawn) == [f"x{index}" for index in range(len(drawn))]
