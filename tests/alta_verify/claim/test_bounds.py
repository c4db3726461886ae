"""Bounds that are none are refused, in words that say what was expected and what came."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

import alta
from alta_verify import equivalent, verify
from alta_verify.claim.bounds import check_timeout

PROGRAM = alta.programs.parity_sequential_relative()

NO_TIMES = ["5", True, False, -1, -0.5, float("nan"), float("-inf"), 1j, [5], Decimal(5)]


@pytest.mark.parametrize("timeout", NO_TIMES)
@pytest.mark.parametrize(
    "ask",
    [
        lambda timeout: verify(PROGRAM, max_len=3, timeout=timeout),
        lambda timeout: equivalent(PROGRAM, PROGRAM, max_len=3, timeout=timeout),
    ],
    ids=["verify", "equivalent"],
)
def test_a_timeout_that_is_no_number_of_seconds_is_refused(ask, timeout):
    with pytest.raises(alta.AltaError, match="timeout: expected a number of seconds") as raised:
        ask(timeout)
    assert f"timeout={timeout!r}" in str(raised.value)


@pytest.mark.parametrize("timeout", [None, 0, 0.0, 3, Fraction(1, 2), float("inf"), 1e300])
def test_numbers_of_seconds_are_timeouts(timeout):
    check_timeout(timeout)
