"""The one way in which a check can end badly."""

from __future__ import annotations

__all__ = ["Refused"]


class Refused(Exception):  # noqa: N818 - an outcome, not an error
    """Says that a certificate does not show what it claims, and why."""
