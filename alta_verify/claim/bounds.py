"""Bounds, as a user gives them."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

from alta.errors import AltaError
from alta.inputs.language import InputLanguage

__all__ = ["check_bounds", "check_timeout", "live_tokens"]


def live_tokens(inputs: InputLanguage, lengths: Sequence[int]) -> tuple[frozenset[int], ...]:
    """Returns, for each position, the tokens that occur there in some input of these lengths."""
    tokens: list[set[int]] = [set() for _ in range(max(lengths, default=0))]
    for length in lengths:
        for position, live in enumerate(inputs.live_tokens(length)):
            tokens[position] |= live
    return tuple(map(frozenset, tokens))


def check_bounds(max_len: Any, max_layers: Any, timeout: Any) -> None:
    """Checks the bounds within which something is to be shown.

    Raises:
        AltaError: when one is malformed.
    """
    if type(max_len) is not int or max_len < 1:
        raise AltaError(f"max_len: expected an int of at least 1, got {max_len!r}")
    if max_layers is not None and (type(max_layers) is not int or max_layers < 0):
        raise AltaError(f"max_layers: expected an int of at least 0, got {max_layers!r}")
    check_timeout(timeout)


def check_timeout(timeout: Any) -> None:
    """Checks a number of seconds.

    Raises:
        AltaError: when it is none.
    """
    number = isinstance(timeout, Real) and not isinstance(timeout, bool)
    # Every comparison with NaN is false, so that it is refused as well.
    if timeout is not None and not (number and timeout >= 0):
        raise AltaError(
            f"timeout: expected a number of seconds, at least 0, or None for no limit, got "
            f"timeout={timeout!r}"
        )
