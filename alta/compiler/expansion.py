"""Expansion: the first clipped layer decides every conjunction that is asked for.

- A *conjunction* is clip(2(x₁ + … + xₖ) - 2k + 3/2) of k coordinates: exactly 1 where all of them
  are 1, and exactly 0 where one of them is 0, even if each is wrong by as much as 1/(4k). So
  whatever softmax leaked into a head output does not reach the look-up. With k = 1 it *snaps* a
  single coordinate; with k = 0 it is 1.
- A coordinate of a head output is also *carried*: clip(x/2) is x/2 itself for 0 ≤ x ≤ 2, so that
  taking twice that away leaves exactly 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from alta.compiler.entries import Entries
from alta.lang.program import Program
from alta.lang.rules import Rule
from alta.nn.layout import Layout
from alta.nn.sparse import Array, SparseMatrix

__all__ = ["Conjunction", "Expansion", "condition", "expansion", "live_rules"]

Conjunction = tuple[int, ...]
"""The coordinates that are all 1, in ascending order."""


@final
@dataclass(frozen=True)
class Expansion:
    """Says which hidden unit holds what.

    Attributes:
        units: conjunction to the unit that is 1 where it holds and 0 elsewhere.
        carried: coordinate of a head output to the unit that carries half of it.
        matrix: weights of shape (D, E).
        bias: biases of shape (E,).
    """

    units: Mapping[Conjunction, int]
    carried: Mapping[int, int]
    matrix: SparseMatrix
    bias: Array

    @property
    def width(self) -> int:
        """Number of hidden units."""
        return len(self.bias)


def live_rules(program: Program) -> Iterator[Rule]:
    """Yields the rules that the network has to compute: all but the traps."""
    return (rule for rule in program.rules if not program.is_trap(rule))


def condition(rule: Rule, layout: Layout) -> Conjunction:
    """Returns the conjunction of a rule's atoms."""
    return tuple(sorted(layout.columns[atom.variable][atom.value] for atom in rule.atoms))


def expansion(program: Program, layout: Layout) -> Expansion:
    """Returns the expansion that a program's look-up needs.

    That is a conjunction for every distinct condition of a rule, and one for every coordinate that
    rules write, whose old value has to be known to be taken away.
    """
    conditions = [condition(rule, layout) for rule in live_rules(program)]
    written = {rule.variable for rule in live_rules(program)}
    names = [name for name in program.variables if name in written]
    conditions += [(column,) for name in names for column in layout.columns[name]]
    units = {each: unit for unit, each in enumerate(dict.fromkeys(conditions))}
    outputs = [column for name in program.heads for column in layout.columns[name]]
    carried = {column: unit for unit, column in enumerate(outputs, start=len(units))}
    entries = Entries()
    bias = np.zeros(len(units) + len(carried))
    for conjunction, unit in units.items():
        for column in conjunction:
            entries.add(column, unit, 2)
        bias[unit] = 3 / 2 - 2 * len(conjunction)
    for column, unit in carried.items():
        entries.add(column, unit, 1 / 2)
    return Expansion(units, carried, entries.matrix(layout.width, len(bias)), bias)
