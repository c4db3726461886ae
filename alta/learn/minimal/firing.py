"""Firing: which rules fire in which transitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from alta.interp.batch.trie import Reached, reached, rule_trie
from alta.lang.rules import Rule
from alta.learn.tracing.traces import Traces

__all__ = ["fired"]


def fired(
    traces: Traces, rules: Sequence[Rule]
) -> Iterator[tuple[tuple[int, ...], npt.NDArray[np.intp]]]:
    """Yields rules with the transitions in which they fire.

    Args:
        traces: the transitions.
        rules: of the program, or others on its names.

    Yields:
        Numbers of rules that fire in the same transitions, and numbers of these transitions. Each
        rule that fires is in exactly one pair.
    """
    names = {atom.variable for rule in rules for atom in rule.atoms}
    columns = {name: traces.indices(name) for name in names}
    start = Reached(rule_trie(rules, range(len(rules)), ()), False, np.arange(len(traces)))
    for place in reached([start], columns):
        if place.trie.rules and not place.tainted and place.states.size:
            yield tuple(place.trie.rules), place.states
