"""Look-up: a neuron for every condition under which something changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from alta.compiler.expansion import Expansion
from alta.lang.program import Program
from alta.lang.rules import Atom, Rule
from alta.nn.layout import Layout
from alta.nn.weights import Array

__all__ = ["Neuron", "lookup", "neurons"]


@final
@dataclass(frozen=True)
class Neuron:
    """Is 1 where all `atoms` hold and 0 elsewhere; then each change moves one variable.

    Attributes:
        atoms: the conjunction.
        changes: triples of variable, old value, new value.
    """

    atoms: tuple[Atom, ...]
    changes: tuple[tuple[str, int, int], ...]


def neurons(program: Program) -> list[Neuron]:
    """Returns the neurons of a program's MLP.

    A write has to take the old value away, so a rule that does not test the variable that it
    assigns needs a neuron for each old value but the assigned one. Rules with equal conditions
    share neurons. Traps need none.
    """
    changes: dict[tuple[Atom, ...], list[tuple[str, int, int]]] = {}
    for rule in program.rules:
        if not program.is_trap(rule):
            for atoms, old in _with_old_value(program, rule):
                changes.setdefault(atoms, []).append(
                    (rule.variable, old, program.index_assigned(rule))
                )
    return [Neuron(atoms, tuple(moves)) for atoms, moves in changes.items()]


def _with_old_value(program: Program, rule: Rule) -> Iterator[tuple[tuple[Atom, ...], int]]:
    """Yields the rule's condition joined with each old value that it would change."""
    for atom in rule.atoms:
        if atom.variable == rule.variable:
            yield rule.atoms, atom.value
            return
    for old in range(program.variables[rule.variable].size):
        if old != rule.value:
            yield tuple(sorted((*rule.atoms, Atom(rule.variable, old)))), old


def lookup(program: Program, layout: Layout, expansion: Expansion) -> tuple[Array, Array, Array]:
    """Returns the matrices of shape (F, N) and (N, D) and the bias of shape (N,).

    A conjunction of k atoms is clip(sum of the k coordinates + 1 - k). Behind the rules come the
    neurons that reset head outputs: they carry x/2, and twice that is taken away.
    """
    rules = neurons(program)
    count = len(rules) + len(expansion.carried)
    inward = np.zeros((expansion.width, count))
    outward = np.zeros((count, layout.width))
    bias = np.zeros(count)
    for index, neuron in enumerate(rules):
        for atom in neuron.atoms:
            inward[expansion.snapped[layout.columns[atom.variable][atom.value]], index] = 1
        bias[index] = 1 - len(neuron.atoms)
        for variable, old, new in neuron.changes:
            outward[index, layout.columns[variable][old]] = -1
            outward[index, layout.columns[variable][new]] = 1
    for index, (column, unit) in enumerate(expansion.carried.items(), start=len(rules)):
        inward[unit, index] = 1
        outward[index, column] = -2
    return inward, bias, outward
