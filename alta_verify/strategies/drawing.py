"""Drawing: arguments that are checked, and lists that are long more often than Hypothesis's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from alta.errors import AltaError, nearest

__all__ = ["check_counts", "check_names", "lists", "named"]

T = TypeVar("T")


def check_counts(strategy: str, least: int, **counts: Any) -> None:
    """Checks that arguments are whole numbers that are not too small.

    Raises:
        AltaError: naming the argument and what was expected.
    """
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise AltaError(
                f"{strategy}: {name}: expected an int of at least {least}, got {value!r}"
            )


def check_names(
    strategy: str, argument: str, names: Iterable[str], choices: Sequence[str]
) -> tuple[str, ...]:
    """Returns names that were chosen, at least one, of those that there are.

    Raises:
        AltaError: naming what is not there, and what is.
    """
    where = f"{strategy}: {argument}"
    if isinstance(names, str):
        raise AltaError(f"{where}: expected several names, got one text, {names!r}")
    chosen = tuple(names)
    for name in chosen:
        if name not in choices:
            raise AltaError(f"{where}: no {name!r}; {nearest(str(name), choices)}")
    if not chosen:
        raise AltaError(f"{where}: expected at least one of {', '.join(choices)}")
    return chosen


@st.composite
def lists(
    draw: st.DrawFn, elements: SearchStrategy[T], *, shortest: int, longest: int, ending: int = 4
) -> list[T]:
    """Draws a list, which shrinks as any other.

    Args:
        draw: given by Hypothesis.
        elements: draws an element.
        shortest: the length of the shortest list.
        longest: that of the longest.
        ending: one in so many lists ends at each length. Left to itself, Hypothesis draws short
            lists mostly, and little happens in tiny programs.
    """
    drawn: list[T] = []
    while len(drawn) < longest:
        # A whole step is one strategy, so that it is also left out as a whole.
        step = draw(_step(elements, ending if len(drawn) >= shortest else 0))
        if not step:
            break
        drawn += step
    return drawn


@st.composite
def _step(draw: st.DrawFn, elements: SearchStrategy[T], ending: int) -> list[T]:
    """Draws an element or, unless `ending` is 0, nothing."""
    # It ends at 0, to which Hypothesis shrinks, so that lists become shorter.
    if ending and not draw(st.integers(0, ending - 1)):
        return []
    return [draw(elements)]


def named(
    prefix: str, elements: SearchStrategy[T], *, shortest: int, longest: int
) -> SearchStrategy[dict[str, T]]:
    """Draws a list, of which the elements get numbered names that begin with a prefix."""
    return lists(elements, shortest=shortest, longest=longest).map(
        lambda drawn: {f"{prefix}{index}": element for index, element in enumerate(drawn)}
    )
