"""Bounds, as a user gives them."""

from __future__ import annotations

from numbers import Real
from typing import Any

from alta.errors import AltaError

__all__ = ["check_bounds", "check_timeout"]


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
