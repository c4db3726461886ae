"""Wording that claims have in common."""

from __future__ import annotations

__all__ = ["abridged", "in_figures"]


def abridged(text: str) -> str:
    """Returns a text of at most 60 characters, cut where it is longer."""
    return text if len(text) <= 60 else f"{text[:57]}…"


def in_figures(count: int) -> str:
    """Returns a number with separators; a large one rounded as well."""
    return f"{count:,}" if count < 10**7 else f"{count:.3g} (exactly {count:,})"
