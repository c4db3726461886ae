"""An extent knows its lengths, and one without a bound never says that it has gone through them."""

from __future__ import annotations

import pytest

from alta_verify.claim.extent import EveryLength, UpTo, in_words
from alta_verify.obligation import NotShown


def test_up_to_a_bound_everything_is_that_bound():
    extent = UpTo(7)
    assert {extent.bound, extent.longest, extent.sampled, extent.searched} == {7}
    assert extent.words == in_words(7) == "of 1 to 7 tokens"
    assert [extent.has(n) for n in (0, 1, 7, 8)] == [False, True, True, False]


def test_of_every_length_the_longest_input_of_the_network_is_named():
    extent = EveryLength(1000, "sums are not bounded")
    assert extent.longest == 1000
    assert extent.words == "of any length up to N = 1,000 tokens (beyond, sums are not bounded)"
    assert [extent.has(n) for n in (0, 1, 1000, 1001)] == [False, True, True, False]


def test_a_program_alone_has_no_longest_input():
    extent = EveryLength()
    assert extent.words == in_words(None) == "of any length"
    assert extent.has(10**12)
    with pytest.raises(NotShown, match="without a network"):
        extent.longest  # noqa: B018


def test_all_lengths_cannot_be_gone_through():
    with pytest.raises(NotShown, match="cannot be gone through length by length"):
        EveryLength(1000).bound  # noqa: B018
