"""Attention: the score is s² where the key equals the query, and the value is copied."""

from __future__ import annotations

from typing import Final

from alta.lang.heads import Head
from alta.nn.layout import Layout
from alta.nn.sparse import SparseMatrix
from alta.nn.weights import HeadWeights

__all__ = ["attention_scale", "head_weights"]

# With score s² for the selected keys and 0 for others, those others have the power e^(-s²).
# A power is exactly 0 below these exponents in any IEEE arithmetic, subnormals included:
# ln(2^-150) = -103.97 for float32, ln(2^-1075) = -745.13 for float64. Rounded up to the next
# square of a power of two with room to spare; powers of two are exact in every format.
_SCALE: Final = {"float32": 16, "float64": 32}


def attention_scale(accumulate: str) -> int:
    """Returns s, such that a gap of s² between scores makes softmax exactly one-hot.

    Args:
        accumulate: the format in which softmax is taken, ``"float32"`` or ``"float64"``.
    """
    return _SCALE[accumulate]


def head_weights(name: str, head: Head, layout: Layout, *, scale: int) -> HeadWeights:
    """Returns the matrices of one head.

    A head without query and key has matrices of width 0: all its scores are 0, and its mask alone
    selects.
    """
    # The score (x_i Q)(x_j K) of one-hot codes is s² where they are equal, and 0 elsewhere. Of a
    # set query the code has a 1 for each member, so that the score of a member is s² as well.
    if head.query is None or head.key is None:
        query = key = SparseMatrix.of_entries((), (layout.width, 0))
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
    # Column by column the variable is picked out and multiplied; nothing else is read.
    entries = [(column, index, factor) for index, column in enumerate(columns)]
    return SparseMatrix.of_entries(entries, (layout.width, len(columns)))
