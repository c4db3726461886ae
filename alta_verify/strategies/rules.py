"""Rules: loose ones, which may contradict one another, and decision trees, which cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import alta
from alta import Categorical, Numerical, Rule, SetVariable, Variable
from alta_verify.strategies.declaration import AMOUNTS
from alta_verify.strategies.drawing import lists

__all__ = ["assignable", "decision_trees", "loose_rules"]

_ATOMS = 3
_DEPTH = 2


def loose_rules(
    variables: Mapping[str, Variable],
    domains: Mapping[str, Variable],
    *,
    max_rules: int,
    min_rules: int = 0,
    traps: bool = True,
) -> SearchStrategy[list[Rule]]:
    """Draws rules that know nothing of one another: two may fire together, and some are traps."""
    atoms = [(name, value) for name, domain in domains.items() for value in range(domain.size)]
    conditions = st.lists(
        st.sampled_from(atoms), max_size=_ATOMS, unique_by=lambda atom: atom[0]
    ).map(dict)
    if not atoms:
        conditions = st.just({})
    targets = [(name, v) for name, variable in variables.items() for v in assignable(variable)]
    if traps:
        targets += [(name, v) for name, variable in variables.items() for v in _wrong(variable)]
    rules = st.builds(
        lambda where, target: alta.rule(where, *target), conditions, st.sampled_from(targets)
    )
    return lists(rules, shortest=min_rules, longest=max_rules, ending=16)


def assignable(variable: Variable) -> Sequence[Any]:
    """Returns the values that rules assign: those of the variable, or some numbers."""
    if isinstance(variable, Numerical):
        return sorted({*AMOUNTS, *variable.contents})
    return variable.contents


def _wrong(variable: Variable) -> Sequence[Any]:
    """Returns values that make a rule a trap."""
    match variable:
        case Categorical():
            # One beyond the last value.
            return (variable.range,)
        case SetVariable():
            subsets = map(frozenset, ({0}, {*range(variable.range)}, {variable.range}))
            return tuple(subset for subset in subsets if not variable.holds(subset))
    return ()


@st.composite
def decision_trees(
    draw: st.DrawFn, variables: Mapping[str, Variable], domains: Mapping[str, Variable]
) -> list[Rule]:
    """Draws, for each variable, a tree of tests with an assignment or nothing at its leaves.

    At most one rule for a variable can fire. The trees are dense: a test has a branch for every
    value. Some variables are clocks instead, which make runs long.
    """
    # Leaves of a tree differ in some test, and the steps of a clock in the value of its variable:
    # so the rules for a variable exclude one another.
    rules: list[Rule] = []
    for name in variables:
        depth = draw(st.integers(0, _DEPTH + 1))
        if depth <= _DEPTH:
            rules += _tree(draw, name, variables, domains, {}, depth)
        else:
            guards = [guard for guard, d in domains.items() if guard != name and d.size]
            rules += _clock(draw, name, domains, guards)
    return rules


def _clock(
    draw: st.DrawFn, target: str, domains: Mapping[str, Variable], guards: list[str]
) -> Iterator[Rule]:
    """Yields rules that count a variable up, round and round, wherever some test holds."""
    where: dict[str, int] = {}
    guarded = draw(st.booleans())
    if guards and guarded:
        test = draw(st.sampled_from(guards))
        where = {test: draw(st.integers(0, domains[test].size - 1))}
    contents = domains[target].contents
    # The first value follows the last, so that the clock never stops by itself.
    for index in range(len(contents)):
        yield alta.rule({**where, target: index}, target, contents[(index + 1) % len(contents)])


def _tree(
    draw: st.DrawFn,
    target: str,
    variables: Mapping[str, Variable],
    domains: Mapping[str, Variable],
    path: dict[str, int],
    depth: int,
) -> Iterator[Rule]:
    """Yields the rules of one tree below the tests of `path`."""
    untested = [name for name, domain in domains.items() if name not in path and domain.size]
    if depth and untested:
        # Most happens where new values depend on old ones and on other positions.
        moving = [name for name in untested if name == target or name not in variables]
        test = draw(st.sampled_from([*untested, *moving]))
        for branch in range(domains[test].size):
            yield from _tree(draw, target, variables, domains, {**path, test: branch}, depth - 1)
        return
    values = [
        value
        for index, value in enumerate(assignable(domains[target]))
        if isinstance(domains[target], Numerical) or index != path.get(target)
    ]
    value = draw(st.sampled_from([None, *values]))
    if value is not None:
        yield alta.rule(path, target, value)
