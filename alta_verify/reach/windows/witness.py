"""Witnesses: inputs to which a window is completed, and the configurations of runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final, TypeAlias

from alta.errors import ExecutionError
from alta.interp.step import steps
from alta_verify.reach.windows.patterns import WindowPattern
from alta_verify.reach.windows.search import Chain
from alta_verify.reach.windows.system import System

__all__ = ["Sites", "configurations", "inputs_of", "matches"]

# So many inputs are tried for one window.
_TRIED: Final = 8

_Node: TypeAlias = tuple[int, int]

Sites: TypeAlias = tuple[Mapping[str, int], ...]
"""A configuration of a run: what every position has, by index."""


def inputs_of(system: System, chain: Chain) -> Iterator[tuple[int, ...]]:
    """Yields inputs that have a window, shorter ones first, and such as run longer."""
    ghost, fold = system.ghosts, system.fold
    first, last = chain.sites[0], chain.sites[-1]
    middle = tuple(site[ghost["token"]] for site in chain.sites)
    # Where what is bad needs a layer, the rest of the input must not have halted before.
    lengths = sorted({0, chain.layers + 1, 2 * chain.layers + 2})
    befores: list[tuple[int, ...]] = [()]
    if not first[ghost["first"]]:
        before = {
            node
            for node in fold.words
            if node[0] == first[ghost["state"]]
            and fold.after.get((node[1], middle[0])) == first[ghost["spec"]]
        }
        befores = [word for least in lengths for word in _leading(system, before, least)]
    afters: list[tuple[int, ...]] = [()]
    if not last[ghost["last"]]:
        node = (system.moves[last[ghost["state"]]][middle[-1]], last[ghost["spec"]])
        accepted = last.get(ghost["accepted"])
        afters = [word for least in lengths for word in _following(system, node, accepted, least)]
    words = dict.fromkeys((*before, *middle, *after) for before in befores for after in afters)
    yield from islice(sorted(words, key=len), _TRIED)


def _leading(system: System, targets: set[_Node], least: int) -> list[tuple[int, ...]]:
    """Returns tokens, at least one and at least so many, that lead from the start to some node."""
    fold, start = system.fold, system.language.start
    level = {
        (target, fold.first[token]): (token,)
        for token, target in system.moves.get(start, {}).items()
    }
    return _walk(system, level, lambda node: node in targets, least)


def _following(
    system: System, node: _Node, accepted: int | None, least: int
) -> list[tuple[int, ...]]:
    """Returns tokens, at least one and at least so many, with which an input ends."""

    def ends(node: _Node) -> bool:
        said = accepted is None or (node[1] in (system.accepting or ())) == bool(accepted)
        return node[0] in system.language.accepting and said

    return _walk(system, _moved(system, {node: ()}), ends, least)


def _moved(system: System, level: Mapping[_Node, tuple[int, ...]]) -> dict[_Node, tuple[int, ...]]:
    after: dict[_Node, tuple[int, ...]] = {}
    for (state, spec), word in level.items():
        for token, target in system.moves[state].items():
            after.setdefault((target, system.fold.after[spec, token]), (*word, token))
    return after


def _walk(
    system: System,
    level: Mapping[_Node, tuple[int, ...]],
    ends: Callable[[_Node], bool],
    least: int,
) -> list[tuple[int, ...]]:
    number, limit = 1, least + len(system.moves) * len(system.fold.values) + 1
    while level and number <= limit:
        if number >= least:
            for node, word in level.items():
                if ends(node):
                    return [word]
        level, number = _moved(system, level), number + 1
    return []


def configurations(system: System, tokens: Sequence[int], layers: int) -> Iterator[Sites]:
    """Yields the configurations of the run on an input, with so many layers at most."""
    concrete, ghost, fold = system.abstraction.concrete, system.ghosts, system.fold
    state, spec, constant = system.language.start, -1, []
    for position, token in enumerate(tokens):
        spec = fold.first[token] if position == 0 else fold.after[spec, token]
        constant.append(
            {
                ghost["token"]: token,
                ghost["state"]: state,
                ghost["spec"]: spec,
                ghost["first"]: int(position == 0),
                ghost["last"]: int(position == len(tokens) - 1),
            }
        )
        state = system.language.transitions[state][token]
    names = system.program.variables
    starts = (system.initial(token) for token in tokens)
    yield tuple(
        {**site, **start, ghost["layer"]: 0} for site, start in zip(constant, starts, strict=True)
    )
    # A run that fails has configurations up to there.
    with suppress(ExecutionError):
        bound = layers if system.bound is None else min(layers, system.bound)
        for layer, step in enumerate(steps(concrete, tokens, bound), start=1):
            yield tuple(
                {
                    **site,
                    **{name: system.abstraction.index_of(name, local[name]) for name in names},
                    ghost["layer"]: layer,
                }
                for site, local in zip(constant, step.after_mlp, strict=True)
            )


def matches(pattern: WindowPattern, sites: Sites) -> bool:
    """Says whether a pattern matches a configuration somewhere, as far as its names are known."""
    return any(
        all(
            site.get(name) in values
            for said, site in zip(pattern.sites, sites[start:], strict=False)
            for name, values in said
        )
        for start in range(len(sites) - pattern.width + 1)
    )
