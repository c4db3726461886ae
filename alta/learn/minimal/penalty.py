"""The norm penalty at work: a block with a unit for each rule, trained from where it is right.

The smallest setting in which what `unneeded` predicts can be seen. The block reads one-hot values;
a hidden unit stands for a rule, and begins as the compiler would make it: weight 1 from each of its
atoms, and a bias so that it is 1 where all hold and 0 where one does not. Its outgoing weights take
the old value of the variable away and put the new one there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from alta.errors import ProgramError
from alta.lang.kinds import Categorical
from alta.lang.program import Program
from alta.lang.rules import Atom, Rule
from alta.learn.jax_settings import training_settings
from alta.learn.tracing.extraction import traces as extracted
from alta.learn.tracing.traces import Traces
from alta.learn.tracing.vectors import vectors
from alta.nn.layout import Layout

__all__ = ["Shrunk", "shrink"]

_Weights = tuple[Array, Array, Array]


@final
@dataclass(frozen=True)
class Shrunk:
    """What a norm penalty left of a block with a unit for each rule.

    Attributes:
        outgoing: for each rule, the norm of the outgoing weights as a share of what it began as.
        atoms: for each rule and atom, the weight; it began as 1.
        loss: the mean square error on the transitions at the end.
    """

    outgoing: dict[Rule, float] = field(repr=False)
    atoms: dict[tuple[Rule, Atom], float] = field(repr=False)
    loss: float


@training_settings()
def shrink(
    program: Program,
    sequences: Sequence[Sequence[Any] | str] | Traces,
    *,
    penalty: float = 1e-3,
    learning_rate: float = 0.5,
    steps: int = 60_000,
) -> Shrunk:
    """Trains the block of a program on all transitions at once, with a penalty on its weights.

    Gradient descent minimises the mean square of the differences between the residual streams that
    the block leaves and those that it should leave, plus `penalty` times the sum of squares of all
    weights but the biases. Nothing is random, and no noise is added.

    Args:
        program: with categorical variables and head outputs only.
        sequences: inputs, each as for `alta.run`, or the traces of the program on them.
        penalty: the weight of the penalty.
        learning_rate: of gradient descent.
        steps: how many steps there are.

    Raises:
        ProgramError: when the program has other variables, or no rules.
    """
    for name, domain in program.domains.items():
        if not isinstance(domain, Categorical):
            raise ProgramError(f"shrink: expected categorical variables only, {name!r} is none")
    traces = sequences if isinstance(sequences, Traces) else extracted(program, sequences)
    made, layout = vectors(traces), Layout.of(program)
    # Head outputs are taken away by units of their own, which are left out here on both sides.
    written = sorted(column for name in program.variables for column in layout.columns[name])
    # The block adds to the residual stream, so it has to learn the difference.
    target = jnp.asarray((made.outputs - made.inputs)[:, written])
    places = [
        [layout.columns[atom.variable][atom.value] for atom in r.atoms] for r in program.rules
    ]
    first = _first(program, layout, places)
    data = jnp.asarray(made.inputs), target, jnp.array(written)
    last = _descend(first, *data, penalty, learning_rate, steps)
    inward, outward = np.asarray(last[0]), np.asarray(last[2])
    # A unit is as important as the norm of its outgoing weights, relative to how it began.
    begun = np.linalg.norm(np.asarray(first[2]), axis=1)
    shares = np.linalg.norm(outward, axis=1) / begun
    return Shrunk(
        {rule: float(share) for rule, share in zip(program.rules, shares, strict=True)},
        {
            (rule, atom): float(inward[place, unit])
            for unit, (rule, columns) in enumerate(zip(program.rules, places, strict=True))
            for atom, place in zip(rule.atoms, columns, strict=True)
        },
        float(_error(last, *data)),
    )


def _first(program: Program, layout: Layout, places: list[list[int]]) -> _Weights:
    inward = np.zeros((layout.width, len(program.rules)), dtype=np.float32)
    bias = np.zeros(len(program.rules), dtype=np.float32)
    outward = np.zeros((len(program.rules), layout.width), dtype=np.float32)
    for unit, rule in enumerate(program.rules):
        # relu(sum of k atoms + 1 - k) is 1 where all hold, and 0 where one does not.
        inward[places[unit], unit] = 1
        bias[unit] = 1 - len(rule.atoms)
        columns = layout.columns[rule.variable]
        outward[unit, columns[program.index_assigned(rule)]] += 1
        # The variable held the value that the rule tests; it is taken away, and the new one added.
        for atom in rule.atoms:
            if atom.variable == rule.variable:
                outward[unit, columns[atom.value]] -= 1
    return jnp.asarray(inward), jnp.asarray(bias), jnp.asarray(outward)


def _error(weights: _Weights, inputs: Any, target: Any, columns: Any) -> Array:
    inward, bias, outward = weights
    hidden = jax.nn.relu(inputs @ inward + bias)
    return jnp.mean(jnp.square((hidden @ outward)[:, columns] - target))


@partial(jax.jit, static_argnums=6)
def _descend(
    weights: _Weights,
    inputs: Any,
    target: Any,
    columns: Any,
    penalty: Any,
    learning_rate: Any,
    steps: int,
) -> _Weights:
    def loss(weights: _Weights) -> Array:
        # Biases are not penalised: they only move where a unit becomes active.
        size = jnp.sum(jnp.square(weights[0])) + jnp.sum(jnp.square(weights[2]))
        total: Array = _error(weights, inputs, target, columns) + penalty * size
        return total

    def step(weights: _Weights, _: None) -> tuple[_Weights, None]:
        # Plain gradient descent: w - rate · dL/dw.
        slope = jax.grad(loss)(weights)
        moved = (old - learning_rate * down for old, down in zip(weights, slope, strict=True))
        return tuple(moved), None

    # One compiled loop, as a step is less work than calling it would be.
    return lax.scan(step, weights, None, length=steps)[0]
