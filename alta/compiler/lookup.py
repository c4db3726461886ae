"""Look-up: from the conditions that hold to the coordinates that change.

A write takes the code of the old value away and adds that of the new one. Which rule writes does
not matter for the first, and what the old value is does not matter for the second. So for every
variable that rules write there is

- for each coordinate c of its codes a neuron that *adds*: clip(the sum of the conditions whose
  rules assign a value with 1 in c), with weight 1 on c;
- for each of its coordinates c a neuron that *removes*: clip(c + w - 1), where w is the sum of all
  conditions that write the variable, with weight -1 on c.

No two rules that fire write the same variable, so that these sums are 0 or 1. Where the new value
is the old one, both neurons of a coordinate fire and cancel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from alta.compiler.entries import Entries
from alta.compiler.expansion import Expansion, condition, live_rules
from alta.lang.program import Program
from alta.nn.layout import Layout
from alta.nn.sparse import Array, SparseMatrix

__all__ = ["Lookup", "Write", "lookup", "writes"]


@final
@dataclass(frozen=True)
class Write:
    """Is what all rules together do to one variable.

    Attributes:
        columns: its coordinates.
        units: the conditions under which it is written, as units of the expansion.
        added: coordinate to those conditions under which it becomes 1.
    """

    columns: tuple[int, ...]
    units: tuple[int, ...]
    added: dict[int, list[int]]


@final
@dataclass(frozen=True)
class Lookup:
    """Is the second half of the feed-forward block.

    Attributes:
        sums: weights of shape (E, F) that add conditions up.
        inward: weights of shape (F, N).
        bias: biases of shape (N,).
        outward: weights of shape (N, D).
    """

    sums: SparseMatrix
    inward: SparseMatrix
    bias: Array
    outward: SparseMatrix


def writes(program: Program, layout: Layout, expansion: Expansion) -> list[Write]:
    """Returns the writes of the rules of a program, by variable."""
    added: dict[str, dict[int, list[int]]] = {}
    for rule in live_rules(program):
        column = layout.columns[rule.variable][program.index_assigned(rule)]
        unit = expansion.units[condition(rule, layout)]
        added.setdefault(rule.variable, {}).setdefault(column, []).append(unit)
    return [
        Write(
            layout.columns[name],
            tuple(sorted({unit for units in own.values() for unit in units})),
            dict(sorted(own.items())),
        )
        for name, own in sorted(added.items(), key=lambda item: layout.columns[item[0]])
    ]


def lookup(program: Program, layout: Layout, expansion: Expansion) -> Lookup:
    """Returns the matrices that turn conditions into changes.

    Behind the writes come the neurons that reset head outputs: they carry x/2, and twice that is
    taken away.
    """
    wiring = _Wiring()
    for write in writes(program, layout, expansion):
        for column, units in write.added.items():
            wiring.neuron({wiring.sum(units): 1}, 0, column, 1)
        written = wiring.sum(write.units)
        for column in write.columns:
            old = wiring.sum([expansion.units[column,]])
            wiring.neuron({old: 1, written: 1}, -1, column, -1)
    for column, unit in expansion.carried.items():
        wiring.neuron({wiring.sum([unit]): 1}, 0, column, -2)
    n_sums, n_neurons = wiring.n_sums, len(wiring.biases)
    return Lookup(
        sums=wiring.sums.matrix(expansion.width, n_sums),
        inward=wiring.inward.matrix(n_sums, n_neurons),
        bias=np.array(wiring.biases, dtype=np.float64),
        outward=wiring.outward.matrix(n_neurons, layout.width),
    )


@final
class _Wiring:
    """Numbers sums and neurons as they are asked for."""

    def __init__(self) -> None:
        self.sums, self.inward, self.outward = Entries(), Entries(), Entries()
        self.n_sums = 0
        self.biases: list[float] = []

    def sum(self, units: list[int] | tuple[int, ...]) -> int:
        """Makes the sum of some units of the expansion, and returns its number."""
        for unit in units:
            self.sums.add(unit, self.n_sums, 1)
        self.n_sums += 1
        return self.n_sums - 1

    def neuron(self, sums: dict[int, float], bias: float, column: int, weight: float) -> None:
        """Makes a clipped neuron of some sums, which changes one coordinate."""
        for index, factor in sums.items():
            self.inward.add(index, len(self.biases), factor)
        self.outward.add(len(self.biases), column, weight)
        self.biases.append(bias)
