"""Means are those of every choice of numbers, each as often as one likes, and no others."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations_with_replacement

import pytest

from alta_verify.arithmetic import means as module
from alta_verify.arithmetic.means import TooManyMeans, means, selections

AMOUNTS = frozenset({Fraction(0), Fraction(1), Fraction(-5, 2)})


@pytest.mark.parametrize("count", [1, 2, 4])
def test_sums_and_means_are_those_of_all_choices(count):
    choices = [
        choice
        for number in range(1, count + 1)
        for choice in combinations_with_replacement(AMOUNTS, number)
    ]
    assert selections(AMOUNTS, count) == {(len(choice), sum(choice)) for choice in choices}
    assert means(AMOUNTS, count) == {sum(choice) / len(choice) for choice in choices}


def test_of_nothing_there_is_no_mean():
    assert means(frozenset(), 3) == means(AMOUNTS, 0) == frozenset()


def test_too_many_sums_are_not_gone_through(monkeypatch):
    monkeypatch.setattr(module, "_MAX_SUMS", 8)
    grid = frozenset(map(Fraction, range(3)))
    # Of numbers on a grid there are 2 n + 1 sums of n.
    assert len(selections(grid, 2)) == 8
    with pytest.raises(TooManyMeans, match="up to 3 of 3 numbers have more than 8 different sums"):
        selections(grid, 3)
