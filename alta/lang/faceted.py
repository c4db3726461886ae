"""What an MLP function does in every local state, from one run of it in all of them at once."""

from __future__ import annotations

from collections.abc import Mapping

from alta.lang.domain import NotFollowed
from alta.lang.execution import called
from alta.lang.facets import STATE, Facets
from alta.lang.factoring import Behaviour
from alta.lang.kinds import Variable

__all__ = ["NotFollowed", "behaviour_of"]


def behaviour_of(function: object, domains: Mapping[str, Variable]) -> Behaviour:
    """Returns what an MLP function does in every local state.

    Raises `NotFollowed` with the reason where that is not certain, and `TooLarge`.
    """
    facets = Facets(domains)
    called(facets, facets.true, function, [facets.leaf(STATE)], {}, depth=0)
    return facets.behaviour
