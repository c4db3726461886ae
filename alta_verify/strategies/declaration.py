"""Declarations: the variables and heads that rules may speak of."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import alta
from alta import Categorical, Head

__all__ = ["head_sets", "variable_sets"]

_REACH = 3
"""Heads look at most so far to either side."""


def variable_sets(
    *, n_tokens: int, n_positions: int | None, max_variables: int, max_range: int
) -> SearchStrategy[dict[str, Categorical]]:
    """Draws one to `max_variables` variables named x0, x1, …

    Args:
        n_tokens: the number of tokens, for initial values by token.
        n_positions: the number of positions, for initial values by position; None for none such.
        max_variables: the most variables.
        max_range: the most values of a variable.
    """
    one = _variables(n_tokens, n_positions, max_range)
    return st.lists(one, min_size=1, max_size=max_variables).map(
        lambda some: {f"x{index}": variable for index, variable in enumerate(some)}
    )


@st.composite
def _variables(
    draw: st.DrawFn, n_tokens: int, n_positions: int | None, max_range: int
) -> Categorical:
    # Two values come first: a variable with one says nothing, and three are rarely needed.
    size = draw(st.sampled_from(sorted(range(1, max_range + 1), key=lambda n: (n == 1, n))))
    values = st.integers(0, size - 1)
    sources = ["token", "default"] + ["position"] * (n_positions is not None)
    source = draw(st.sampled_from(sources))
    if source == "default":
        return alta.var(size, default=draw(values))
    n_entries = n_positions if source == "position" and n_positions is not None else n_tokens
    table = draw(st.tuples(*[values] * n_entries))
    make = alta.position_var if source == "position" else alta.input_var
    return make(size, init_fn=table.__getitem__)


def head_sets(
    variables: Mapping[str, Categorical], *, max_heads: int
) -> SearchStrategy[dict[str, Head]]:
    """Draws up to `max_heads` heads named h0, h1, …

    They compare a query with a key or do not, and have a mask of one offset, of several, or none.

    Args:
        variables: what they may read.
        max_heads: the most heads.
    """
    return st.lists(_heads(variables), max_size=max_heads).map(
        lambda some: {f"h{index}": head for index, head in enumerate(some)}
    )


def _heads(variables: Mapping[str, Categorical]) -> SearchStrategy[Head]:
    names = st.sampled_from(list(variables))
    # The nearest first.
    offsets = st.sampled_from(sorted(range(-_REACH, _REACH + 1), key=abs))
    masks = st.sets(offsets, min_size=1, max_size=4).map(lambda some: tuple(sorted(some)))
    pairs = st.sampled_from(
        [
            (query, key)
            for query, one in variables.items()
            for key, other in variables.items()
            if one.range == other.range
        ]
    )
    return st.one_of(
        st.builds(alta.v_relative, names, offsets),
        st.builds(
            lambda pair, value, mask: alta.qkv(*pair, value, mask), pairs, names, st.none() | masks
        ),
        st.builds(Head, st.none(), st.none(), names, st.none() | masks),
    )
