"""Sizes: how large a model's feed-forward block is, and what sharing saves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from alta.compiler.conditions import live_rules
from alta.lang.program import Program
from alta.lang.rules import Atom, Rule
from alta.nn.model import Model

__all__ = ["Sizes", "sizes"]


@final
@dataclass(frozen=True)
class Sizes:
    """The numbers of rules, conditions and units that a feed-forward block is made of.

    Rules that are traps count, their conditions do not. `hidden` are the clipped units of both
    layers, `unshared` those of a block that expands every coordinate by itself, and looks up with a
    neuron for every condition and old value, and for every coordinate of a head output. The
    published compiler makes as many.
    """

    rules: int
    conditions: int
    hidden: int
    unshared: int


def sizes(model: Model) -> Sizes:
    """Counts rules, conditions and units of a compiled model."""
    program, mlp = model.program, model.weights.compiled_mlp
    # Traps never fire in a run that counts, so there is no neuron for them.
    live = [rule for name in program.variables for rule in live_rules(program, name)]
    # Without sharing, every pair of condition and old value has a neuron of its own.
    joined = {pair for rule in live for pair in _with_old_value(program, rule)}
    outputs = sum(len(model.layout.columns[name]) for name in program.heads)
    return Sizes(
        rules=len(program.rules),
        conditions=len({rule.atoms for rule in live}),
        hidden=mlp.expand_in.shape[1] + mlp.lookup_in.shape[1],
        unshared=model.layout.width + len(joined) + outputs,
    )


def _with_old_value(program: Program, rule: Rule) -> list[tuple[Atom, ...]]:
    """Lists the rule's condition joined with each old value that it would change."""
    # A condition that tests the variable says itself what the old value is.
    if any(atom.variable == rule.variable for atom in rule.atoms):
        return [rule.atoms]
    olds = set(range(program.variables[rule.variable].size)) - {program.index_assigned(rule)}
    return [tuple(sorted((*rule.atoms, Atom(rule.variable, old)))) for old in olds]
