"""Attention: the score is s² where the key equals the query, and the value is copied."""

from __future__ import annotations

from alta.compiler.entries import Entries
from alta.lang.heads import Head
from alta.nn.layout import Layout
from alta.nn.sparse import SparseMatrix
from alta.nn.weights import HeadWeights

__all__ = ["head_weights"]


def head_weights(name: str, head: Head, layout: Layout, *, scale: int) -> HeadWeights:
    """Returns the matrices of one head.

    A head without query and key has matrices of width 0: all its scores are 0, and its mask alone
    selects.
    """
    if head.query is None or head.key is None:
        query = key = Entries().matrix(layout.width, 0)
    else:
        query = _selection(layout, head.query, scale)
        key = _selection(layout, head.key, scale)
    return HeadWeights(
        query=query,
        key=key,
        value=_selection(layout, head.value, 1),
        output=_selection(layout, name, 1).transposed(),
    )


def _selection(layout: Layout, name: str, factor: int) -> SparseMatrix:
    """Returns the matrix of shape (D, width) that reads a variable's coordinates."""
    columns = layout.columns[name]
    entries = Entries()
    for index, column in enumerate(columns):
        entries.add(column, index, factor)
    return entries.matrix(layout.width, len(columns))
