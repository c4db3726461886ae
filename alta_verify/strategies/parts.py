"""Parts of programs: variables and heads, and rules that speak of them.

Loose rules may contradict one another; those of decision trees cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import alta
from alta import Categorical, Head, Numerical, Rule, SetVariable, Variable
from alta.lang.masks import EVERYWHERE, Mask

__all__ = ["assignable", "decision_trees", "head_sets", "loose_rules", "variable_sets"]

T = TypeVar("T")

Count: TypeAlias = tuple[int, int]
"""How many there are, and how many there could have been."""

_Counts: TypeAlias = Mapping[str, Count]
"""The counts of tokens, and of positions where there is a number of them."""

# Heads look at most so far to either side.
_REACH: Final = 3
# Loose rules test so many names at most, and trees are so deep.
_ATOMS: Final = 3
_DEPTH: Final = 2

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
    counts = {"token": tokens} | ({} if positions is None else {"position": positions})
    variables = st.sampled_from(kinds).flatmap(lambda kind: _KINDS[kind](counts, max_range))
    return named("x", variables, shortest=1, longest=max_variables)


@st.composite
def _categorical(draw: st.DrawFn, counts: _Counts, max_range: int) -> Categorical:
    # A variable with one value says little, so it comes last and not often.
    size = draw(st.sampled_from((*(2 * tuple(range(2, max_range + 1))), 1)))
    source, start = draw(_starts(st.integers(0, size - 1), counts))
    if source == "default":
        return alta.var(size, default=start)
    make = alta.input_var if source == "token" else alta.position_var
    return make(size, init_fn=start)


@st.composite
def _numerical(draw: st.DrawFn, counts: _Counts, max_range: int) -> Numerical:
    points = draw(st.none() | _points(max_range))
    return alta.numeric_var(points, **draw(_keywords(st.sampled_from(AMOUNTS), counts)))


@st.composite
def _sets(draw: st.DrawFn, counts: _Counts, max_range: int) -> SetVariable:
    size = draw(st.integers(1, max_range))
    members = st.frozensets(st.integers(0, size - 1))
    subsets = draw(st.lists(members, min_size=1, max_size=max_range, unique=True))
    return alta.set_var(size, subsets, **draw(_keywords(st.sampled_from(subsets), counts)))


_KINDS: Final[Mapping[str, Callable[[_Counts, int], SearchStrategy[Any]]]] = {
    "categorical": _categorical,
    "numerical": _numerical,
    "set": _sets,
}


def _points(max_range: int) -> SearchStrategy[list[float]]:
    """Draws the points to which numbers are discretised."""
    return st.lists(st.sampled_from(AMOUNTS), min_size=1, max_size=max_range, unique=True)


@st.composite
def _starts(draw: st.DrawFn, values: SearchStrategy[Any], counts: _Counts) -> tuple[str, Any]:
    """Draws where the first value comes from, and the value or a function of token or position."""
    places = [place for place in ("token", "default", "position") if place in {"default", *counts}]
    source = draw(st.sampled_from(places))
    if source == "default":
        return source, draw(values)
    count, largest = counts[source]
    # As many values are drawn whatever the count, so that a smaller one does not change the rest.
    table = draw(st.tuples(*[values] * largest))[:count]
    return source, table.__getitem__


def _keywords(values: SearchStrategy[Any], counts: _Counts) -> SearchStrategy[dict[str, Any]]:
    """Draws the start of a numerical or a set variable, as `alta` takes it."""
    names = {"default": "default", "token": "input_init_fn", "position": "position_init_fn"}
    return _starts(values, counts).map(lambda start: {names[start[0]]: start[1]})


def head_sets(
    variables: Mapping[str, Variable], *, max_heads: int, max_range: int = 4
) -> SearchStrategy[dict[str, Head]]:
    """Draws up to `max_heads` heads, named h0, h1 and so on.

    They compare a query with a key or do not, and have a mask of one offset, of several, one of
    every length, or none. Where no variable can be read there are none.
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
    listed = st.sets(offsets, min_size=1, max_size=4).map(lambda mask: Mask(tuple(sorted(mask))))
    masks = st.one_of(st.just(EVERYWHERE), listed, st.sampled_from([alta.causal(), alta.before()]))
    # A key is selected by a value of the same range, or by a set of such values.
    pairs = [
        (query, key)
        for query, asking in variables.items()
        for key, asked in variables.items()
        if isinstance(asking, (Categorical, SetVariable))
        and isinstance(asked, Categorical)
        and asking.range == asked.range
    ]
    comparing = st.builds(
        lambda pair, value, mask: alta.qkv(pair[0], pair[1], value, mask),
        st.sampled_from(pairs),
        names,
        masks,
    )
    heads = st.one_of(
        st.builds(alta.v_relative, names, offsets),
        *([comparing] if pairs else []),
        st.builds(Head, st.none(), st.none(), names, masks, st.none()),
    )
    if not any(isinstance(variables[name], Numerical) for name in readable):
        return heads
    declared = st.none() | _points(max_range).map(alta.numeric_var)

    def discretised(head: Head, points: Numerical | None) -> Head:
        averages = isinstance(variables[head.value], Numerical)
        return replace(head, output=points) if averages else head

    return st.builds(discretised, heads, declared)


# --- rules ----------------------------------------------------------------------------------------


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
    tests = st.sampled_from(atoms) if atoms else st.nothing()
    most = _ATOMS if atoms else 0
    conditions = st.lists(tests, max_size=most, unique_by=lambda atom: atom[0]).map(dict)
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
    """Returns values that make a rule a trap; null, which no variable holds, comes last."""
    match variable:
        case Categorical():
            # One beyond the last value.
            return (variable.range, None)
        case SetVariable():
            subsets = map(frozenset, ({0}, {*range(variable.range)}, {variable.range}))
            return (*(subset for subset in subsets if not variable.holds(subset)), None)
    return (None,)


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


# --- lists that are long more often than Hypothesis's ---------------------------------------------


@st.composite
def lists(
    draw: st.DrawFn, elements: SearchStrategy[T], *, shortest: int, longest: int, ending: int = 4
) -> list[T]:
    """Draws a list, which shrinks as any other; one in so many is `ending` at each length.

    Left to itself, Hypothesis draws short lists mostly, and little happens in tiny programs.
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
