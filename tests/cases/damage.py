"""Ways to break a model: one thing in its weights that is wrong on some inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import jax
import numpy as np

import alta
from alta.interp.step import Local, indices
from alta.lang.program import Program
from alta.lang.rules import Rule
from alta.nn import reference
from alta.nn.model import Model
from alta.nn.weights import MLPWeights

__all__ = ["blinding", "confusing", "displacing", "pushing", "silencing"]

Change = Callable[[Model], Model]

WORDS = 25
"""How many of the shortest inputs, and how many drawn ones, show when a unit fires."""


def confusing(token: int, other: int) -> Change:
    """Embeds one token as another."""

    def apply(model: Model) -> Model:
        table = np.array(model.weights.token_embedding)
        table[token] = table[other]
        return model.with_weights(replace(model.weights, token_embedding=table))

    return apply


def displacing(position: int, other: int) -> Change:
    """Embeds one position as another."""

    def apply(model: Model) -> Model:
        table = np.array(model.weights.position_embedding)
        table[position] = table[other]
        return model.with_weights(replace(model.weights, position_embedding=table))

    return apply


def blinding(head: str) -> Change:
    """Lets a head write nothing."""

    def apply(model: Model) -> Model:
        own = model.weights.heads[head]
        blind = replace(own, output=jax.tree.map(np.zeros_like, own.output))
        heads = {**model.weights.heads, head: blind}
        return model.with_weights(replace(model.weights, heads=heads))

    return apply


def pushing(variable: str, place: int, by: float = 1) -> Change:
    """Adds something to a coordinate of a variable in every layer."""

    def apply(model: Model) -> Model:
        bias = np.array(model.weights.mlp.lookup_out_bias)
        bias[model.layout.columns[variable][place]] += by
        return _with_mlp(model, replace(model.weights.mlp, lookup_out_bias=bias))

    return apply


def silencing(variable: str, **where: int) -> Change:
    """Silences the units of the feed-forward block that fire only where certain rules do.

    These are the rules for a variable that test at least these indices. Which units they are is
    seen from runs, so that it does not matter how the compiler lays them out.
    """

    def apply(model: Model) -> Model:
        rules = [rule for rule in model.program.rules if _matches(rule, variable, where)]
        codes, fires = _attended(model, rules)
        mlp = model.weights.mlp
        units = reference.mlp(mlp, codes)
        first, second = _only_where(fires, units.hidden), _only_where(fires, units.fired)
        if not (first.any() or second.any()):
            raise ValueError(f"expected a unit for {variable!r} and {where}, got none")
        return _with_mlp(
            model,
            replace(
                mlp,
                expand_in_bias=np.where(first, -100, mlp.expand_in_bias).astype(model.dtype),
                lookup_in_bias=np.where(second, -100, mlp.lookup_in_bias).astype(model.dtype),
            ),
        )

    return apply


def _with_mlp(model: Model, mlp: MLPWeights) -> Model:
    return model.with_weights(replace(model.weights, mlp=mlp))


def _matches(rule: Rule, variable: str, where: dict[str, int]) -> bool:
    tested = {atom.variable: atom.value for atom in rule.atoms}
    return rule.variable == variable and tested.items() >= where.items()


def _attended(model: Model, rules: list[Rule]) -> tuple[np.ndarray, np.ndarray]:
    """The codes of local states after attention on some inputs, and where one of the rules fires.

    What is UNDEFINED has the code 0.
    """
    program = model.program
    states = [state for word in _words(program) for state in alta.run(program, word).states]
    seen = {tuple(local.items()) for state in states for local in state.after_attention}
    codes, fires = [], []
    for local in map(dict, seen):
        known = indices(program, local, program.rule_index.names)
        fires.append(any(rule.fires(known) for rule in rules))
        codes.append(_code(model, local))
    return np.array(codes), np.array(fires)


def _words(program: Program) -> Iterator[tuple[int, ...]]:
    language, rng = program.inputs, np.random.default_rng(0)
    yield from (word for word in islice(language.enumerate(20), WORDS) if word)
    yield from (language.sample(rng, 20) for _ in range(WORDS))


def _code(model: Model, local: Local) -> np.ndarray:
    code = np.zeros(model.layout.width)
    for name, value in local.items():
        columns = model.layout.columns[name]
        match value:
            case int():
                code[columns[value]] = 1
            case float():
                code[columns[0]] = value
            case frozenset():
                code[[columns[member] for member in value]] = 1
    return code


def _only_where(fires: np.ndarray, units: np.ndarray) -> np.ndarray:
    active = units > 1 / 2
    return active[fires].any(axis=0) & ~active[~fires].any(axis=0)
