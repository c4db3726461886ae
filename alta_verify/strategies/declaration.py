"""Declarations: the variables and heads that rules may speak of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import alta
from alta import Categorical, Head, Numerical, SetVariable, Variable
from alta_verify.strategies.drawing import named

__all__ = ["AMOUNTS", "head_sets", "variable_sets"]

Count = tuple[int, int]
"""How many there are, and how many there could have been."""

# Heads look at most so far to either side.
_REACH = 3

AMOUNTS: Final = (0.0, 1.0, 2.0, 0.5, 3.0, -1.0, 0.25, -2.5)
"""The numbers that numerical variables start with and are assigned: short binary fractions."""


def variable_sets(
    *,
    tokens: Count,
    positions: Count | None,
    max_variables: int,
    max_range: int,
    kinds: Sequence[str] = ("categorical",),
) -> SearchStrategy[dict[str, Variable]]:
    """Draws one to `max_variables` variables, named x0, x1 and so on."""
    variables = st.sampled_from(kinds).flatmap(
        lambda kind: _KINDS[kind](tokens, positions, max_range)
    )
    return named("x", variables, shortest=1, longest=max_variables)


@st.composite
def _categorical(
    draw: st.DrawFn, tokens: Count, positions: Count | None, max_range: int
) -> Categorical:
    # A variable with one value says little, so it comes last and not often.
    size = draw(st.sampled_from((*(2 * tuple(range(2, max_range + 1))), 1)))
    source, start = draw(_starts(st.integers(0, size - 1), tokens, positions))
    if source == "default":
        return alta.var(size, default=start)
    make = alta.input_var if source == "token" else alta.position_var
    return make(size, init_fn=start)


@st.composite
def _numerical(
    draw: st.DrawFn, tokens: Count, positions: Count | None, max_range: int
) -> Numerical:
    points = draw(st.none() | _points(max_range))
    return alta.numeric_var(points, **draw(_keywords(st.sampled_from(AMOUNTS), tokens, positions)))


@st.composite
def _sets(draw: st.DrawFn, tokens: Count, positions: Count | None, max_range: int) -> SetVariable:
    size = draw(st.integers(1, max_range))
    members = st.frozensets(st.integers(0, size - 1))
    subsets = draw(st.lists(members, min_size=1, max_size=max_range, unique=True))
    start = _keywords(st.sampled_from(subsets), tokens, positions)
    return alta.set_var(size, subsets, **draw(start))


_KINDS: Final[Mapping[str, Callable[[Count, Count | None, int], SearchStrategy[Any]]]] = {
    "categorical": _categorical,
    "numerical": _numerical,
    "set": _sets,
}


def _points(max_range: int) -> SearchStrategy[list[float]]:
    """Draws the points to which numbers are discretised."""
    return st.lists(st.sampled_from(AMOUNTS), min_size=1, max_size=max_range, unique=True)


@st.composite
def _starts(
    draw: st.DrawFn, values: SearchStrategy[Any], tokens: Count, positions: Count | None
) -> tuple[str, Any]:
    """Draws where the first value comes from, and the value or a function of token or position."""
    counts = {"token": tokens, "position": positions}
    source = draw(st.sampled_from(["token", "default"] + ["position"] * (positions is not None)))
    size = counts.get(source)
    if size is None:
        return source, draw(values)
    count, largest = size
    # As many values are drawn whatever the count, so that a smaller one does not change the rest.
    table = draw(st.tuples(*[values] * largest))[:count]
    return source, table.__getitem__


def _keywords(
    values: SearchStrategy[Any], tokens: Count, positions: Count | None
) -> SearchStrategy[dict[str, Any]]:
    """Draws the start of a numerical or a set variable, as `alta` takes it."""
    names = {"default": "default", "token": "input_init_fn", "position": "position_init_fn"}
    return _starts(values, tokens, positions).map(lambda start: {names[start[0]]: start[1]})


def head_sets(
    variables: Mapping[str, Variable], *, max_heads: int, max_range: int = 4
) -> SearchStrategy[dict[str, Head]]:
    """Draws up to `max_heads` heads, named h0, h1 and so on.

    They compare a query with a key or do not, and have a mask of one offset, of several, or none.
    Where no variable can be read there are none.
    """
    readable = [
        name
        for name, variable in variables.items()
        if isinstance(variable, (Categorical, Numerical))
    ]
    if not readable:
        return st.just({})
    return named("h", _heads(variables, readable, max_range), shortest=0, longest=max_heads)


def _heads(
    variables: Mapping[str, Variable], readable: Sequence[str], max_range: int
) -> SearchStrategy[Head]:
    names = st.sampled_from(readable)
    # The nearest first.
    offsets = st.sampled_from(sorted(range(-_REACH, _REACH + 1), key=abs))
    masks = st.sets(offsets, min_size=1, max_size=4).map(lambda mask: tuple(sorted(mask)))
    # A key is selected by a value of the same range, or by a set of such values.
    pairs = [
        (query, key)
        for query, asking in variables.items()
        for key, asked in variables.items()
        if isinstance(asking, (Categorical, SetVariable))
        and isinstance(asked, Categorical)
        and asking.range == asked.range
    ]
    ways = [
        st.builds(alta.v_relative, names, offsets),
        st.builds(Head, st.none(), st.none(), names, st.none() | masks, st.none()),
    ]
    if pairs:
        ways.insert(
            1,
            st.builds(
                lambda pair, value, mask: alta.qkv(pair[0], pair[1], value, mask),
                st.sampled_from(pairs),
                names,
                st.none() | masks,
            ),
        )
    heads = st.one_of(ways)
    if not any(isinstance(variables[name], Numerical) for name in readable):
        return heads
    declared = st.none() | _points(max_range).map(alta.numeric_var)

    def discretised(head: Head, points: Numerical | None) -> Head:
        averages = isinstance(variables[head.value], Numerical)
        return replace(head, output=points) if averages else head

    return st.builds(discretised, heads, declared)
