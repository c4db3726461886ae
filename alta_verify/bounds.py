"""Bounds, as a user gives them."""

from __future__ import annotations

from typing import Any

from alta.errors import AltaError

__all__ = ["check_bounds"]


def check_bounds(max_len: Any, max_layers: Any, timeout: Any) -> None:
    """Checks the bounds within which something is to be shown.

    Raises:
        AltaError: when one is malformed.
    """
    if type(max_len) is not int or max_len < 1:
        raise AltaError(f"max_len: expected an int of at least 1, got {max_len!r}")
    if max_layers is not None and (type(max_layers) is not int or max_layers < 0):
        raise AltaError(f"max_layers: expected an int of at least 0, got {max_layers!r}")
    number = isinstance(timeout, (int, float)) and not isinstance(timeout, bool)
    # Not "timeout < 0", which is false of NaN.
    if timeout is not None and not (number and timeout >= 0):
        raise AltaError(f"timeout: expected a number of seconds, got {timeout!r}")
