"""Declarations: the variables and heads that rules may speak of."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import alta
from alta import Categorical, Head
from alta_verify.strategies.sizes import named

__all__ = ["head_sets", "variable_sets"]

Span = tuple[int, int]
"""How many there are, and how many there could have been."""

_REACH = 3
"""Heads look at most so far to either side."""


def variable_sets(
    *, tokens: Span, positions: Span | None, max_variables: int, max_range: int
) -> SearchStrategy[dict[str, Categorical]]:
    """Draws one to `max_variables` variables, named x0, x1 and so on.

    Args:
        tokens: the number of tokens, for initial values by token.
        positions: the number of positions, for initial values by position; None for none such.
        max_variables: the most variables.
        max_range: the most values of a variable.
    """
    one = _variables(tokens, positions, max_range)
    return named("x", one, least=1, most=max_variables)


@st.composite
def _variables(
    draw: st.DrawFn, tokens: Span, positions: Span | None, max_range: int
) -> Categorical:
    # A variable with one value says little, so it comes last and not often.
    size = draw(st.sampled_from((*(2 * tuple(range(2, max_range + 1))), 1)))
    values = st.integers(0, size - 1)
    spans = {"token": tokens, "position": positions}
    source = draw(st.sampled_from(["token", "default"] + ["position"] * (positions is not None)))
    span = spans.get(source)
    if span is None:
        return alta.var(size, default=draw(values))
    count, most = span
    # As many values are drawn whatever the count, so that a smaller one does not change the rest.
    table = draw(st.tuples(*[values] * most))[:count]
    make = alta.input_var if source == "token" else alta.position_var
    return make(size, init_fn=table.__getitem__)


def head_sets(
    variables: Mapping[str, Categorical], *, max_heads: int
) -> SearchStrategy[dict[str, Head]]:
    """Draws up to `max_heads` heads, named h0, h1 and so on.

    They compare a query with a key or do not, and have a mask of one offset, of several, or none.

    Args:
        variables: what they may read.
        max_heads: the most heads.
    """
    return named("h", _heads(variables), least=0, most=max_heads)


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
            lambda pair, value, mask: alta.qkv(pair[0], pair[1], value, mask),
            pairs,
            names,
            st.none() | masks,
        ),
        st.builds(Head, st.none(), st.none(), names, st.none() | masks),
    )
