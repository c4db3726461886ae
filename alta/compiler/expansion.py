"""Expansion: the first half of the MLP, which makes every coordinate that is read exact again.

- A coordinate that rules read is *snapped*: clip(2x - 1/2) is exactly 1 for x ≥ 3/4 and exactly 0
  for x ≤ 1/4, so whatever softmax leaked into a head output does not reach the rules.
- A coordinate of a head output is also *carried*: clip(x/2) is x/2 itself for 0 ≤ x ≤ 2, so that
  taking twice that away leaves exactly 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from alta.lang.program import Program
from alta.nn.layout import Layout
from alta.nn.weights import Array

__all__ = ["Expansion", "expansion"]


@final
@dataclass(frozen=True)
class Expansion:
    """Says which hidden unit holds which coordinate of the residual stream.

    Attributes:
        snapped: coordinate to the unit that holds it snapped.
        carried: coordinate of a head output to the unit that carries half of it.
        matrix: weights of shape (D, E).
        bias: biases of shape (E,).
    """

    snapped: Mapping[int, int]
    carried: Mapping[int, int]
    matrix: Array
    bias: Array

    @property
    def width(self) -> int:
        """Number of hidden units."""
        return len(self.bias)


def expansion(program: Program, layout: Layout) -> Expansion:
    """Returns the expansion that a program's rules need."""
    read = {atom.variable for rule in program.rules for atom in rule.atoms}
    written = {rule.variable for rule in program.rules}
    names = [name for name in program.domains if name in read | written]
    columns = [column for name in names for column in layout.columns[name]]
    snapped = {column: unit for unit, column in enumerate(columns)}
    outputs = [column for name in program.heads for column in layout.columns[name]]
    carried = {column: unit for unit, column in enumerate(outputs, start=len(snapped))}
    matrix = np.zeros((layout.width, len(snapped) + len(carried)))
    bias = np.zeros(len(snapped) + len(carried))
    for column, unit in snapped.items():
        matrix[column, unit] = 2
        bias[unit] = -1 / 2
    for column, unit in carried.items():
        matrix[column, unit] = 1 / 2
    return Expansion(snapped, carried, matrix, bias)
