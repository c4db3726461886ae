"""Sizes: lists that are drawn long more often than Hypothesis would, and shrink all the same."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

__all__ = ["named", "several"]

T = TypeVar("T")


@st.composite
def several(
    draw: st.DrawFn, one: SearchStrategy[T], *, least: int, most: int, ending: int = 4
) -> list[T]:
    """Draws a list.

    Args:
        draw: given by Hypothesis.
        one: draws an element.
        least: the shortest list.
        most: the longest.
        ending: one in so many lists ends at each length. Left to itself, Hypothesis draws short
            lists mostly, and little happens in tiny programs.
    """
    drawn: list[T] = []
    while len(drawn) < most:
        # A whole step is one strategy, so that it is also left out as a whole.
        step = draw(_one_more(one, ending if len(drawn) >= least else 0))
        if not step:
            break
        drawn += step
    return drawn


@st.composite
def _one_more(draw: st.DrawFn, one: SearchStrategy[T], ending: int) -> list[T]:
    """Draws an element or, unless `ending` is 0, nothing."""
    if ending and not draw(st.integers(0, ending - 1)):
        return []
    return [draw(one)]


def named(
    prefix: str, one: SearchStrategy[T], *, least: int, most: int
) -> SearchStrategy[dict[str, T]]:
    """Draws several of something, under numbered names.

    Args:
        prefix: what the names begin with.
        one: draws one of them.
        least: the smallest number of them.
        most: the greatest.
    """
    return several(one, least=least, most=most).map(
        lambda some: {f"{prefix}{index}": thing for index, thing in enumerate(some)}
    )
