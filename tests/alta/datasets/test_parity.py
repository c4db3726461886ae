"""Parity strings are balanced by their number of ones."""

from collections import Counter

import pytest

from alta.datasets import parity
from alta.errors import AltaError


def test_there_are_equally_many_strings_for_each_number_of_ones():
    pairs = parity(20, 7, seed=0)
    assert Counter(bits.count("1") for bits, _ in pairs) == dict.fromkeys(range(21), 7)


def test_each_string_comes_with_its_parity():
    assert all(answer == str(bits.count("1") % 2) for bits, answer in parity(40, 5, seed=0))


def test_all_lengths_up_to_the_greatest_occur():
    assert {len(bits) for bits, _ in parity(6, 50, seed=0)} == set(range(7))


def test_every_short_string_is_drawn_sooner_or_later():
    drawn = {bits for bits, _ in parity(4, 500, seed=0)}
    assert len(drawn) == 2**5 - 1


def test_the_seed_settles_the_draw():
    assert parity(10, 5, seed=1) == parity(10, 5, seed=1)
    assert parity(10, 5, seed=1) != parity(10, 5, seed=2)


def test_nothing_may_be_asked_for():
    assert parity(5, 0, seed=0) == []
    assert parity(0, 2, seed=0) == [("", "0"), ("", "0")]


@pytest.mark.parametrize(("max_len", "per_count"), [(-1, 3), (3, -1)])
def test_a_negative_number_is_refused(max_len, per_count):
    with pytest.raises(AltaError, match=r"(max_len|per_count): expected at least 0, got -1"):
        parity(max_len, per_count, seed=0)


def test_a_number_that_is_no_int_is_refused():
    with pytest.raises(AltaError, match=r"max_len: expected an int, got 2\.5"):
        parity(2.5, 3, seed=0)
