"""Sizes: numbers that are drawn large more often than small, and shrink all the same."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

__all__ = ["named", "sizes"]

T = TypeVar("T")


def sizes(least: int, most: int) -> SearchStrategy[int]:
    """Draws a number from `least` to `most`, a large one more often than a small one.

    Left to itself, Hypothesis draws tiny programs mostly, in which little happens.
    """
    # Unlike a weighted choice, this shrinks as one number does, once the other is at its least.
    numbers = st.integers(least, most)
    return st.tuples(numbers, numbers).map(max)


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
    return sizes(least, most).flatmap(
        lambda count: st.tuples(*[one] * count).map(
            lambda some: {f"{prefix}{index}": thing for index, thing in enumerate(some)}
        )
    )
