"""Scales: how sharply heads select and units tell numbers apart, read off the weights."""

from __future__ import annotations

import numpy as np

from alta.lang.kinds import Numerical
from alta.lang.program import Program
from alta.nn.layout import Layout
from alta.nn.sparse import Array, Matrix, SparseMatrix
from alta.nn.weights import Weights

__all__ = ["scales"]


def scales(program: Program, layout: Layout, weights: Weights) -> dict[str, dict[str, float]]:
    """Returns the scales of a model.

    Returns:
        Under ``"attention"``, for each head with a query, the largest weight of its query matrix:
        of compiled weights that is s, so that a selected key scores s². Under ``"thresholds"``,
        for each numerical name, the largest weight with which the first layer reads it: of
        compiled weights that is the steepest step between two of its values.
    """
    attention = {
        name: _largest(weights.heads[name].query)
        for name, head in program.heads.items()
        if head.query is not None
    }
    thresholds = {
        name: _largest(_row(weights.compiled_mlp.expand_in, layout.columns[name][0]))
        for name, domain in program.domains.items()
        if isinstance(domain, Numerical)
    }
    return {"attention": attention, "thresholds": thresholds}


def _row(matrix: Matrix, row: int) -> Array:
    found: Array
    if isinstance(matrix, SparseMatrix):
        found = matrix.data[matrix.pattern.rows == row]
    else:
        found = matrix[row]
    return found


def _largest(matrix: Matrix) -> float:
    entries = matrix.data if isinstance(matrix, SparseMatrix) else matrix
    return float(np.abs(np.asarray(entries, dtype=np.float64)).max(initial=0))
