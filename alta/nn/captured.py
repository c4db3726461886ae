"""Captured layers: what a run computed on the way, taken apart by head, without padding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from alta.lang.masks import Mask
from alta.nn.attention import separate_offsets
from alta.nn.device import Group
from alta.nn.forward import Inside

__all__ = ["CapturedHead", "captured_heads", "nonzero"]

Array = npt.NDArray[Any]


@final
@dataclass(frozen=True)
class CapturedHead:
    """What one head computed in one layer, a row for each of n positions.

    Attributes:
        query: of shape (n, K), as narrow heads of a group are widened with zeros.
        key: of shape (n, K).
        value: of shape (n, V).
        scores: of shape (n, n), from a position (row) to each other one; NaN where the mask is.
        pattern: the softmax of each row, which is what values are mixed by; 0 where the mask is.
        read: the mixed values, of shape (n, V).
    """

    query: Array
    key: Array
    value: Array
    scores: Array
    pattern: Array
    read: Array


def captured_heads(
    inside: Inside, groups: Sequence[Group], length: int
) -> Mapping[str, CapturedHead]:
    """Returns what every head computed in a layer of the run of one sequence."""
    heads = {}
    for group, reads in zip(groups, inside.reads, strict=True):
        for row, name in enumerate(group.heads):
            # The batch has one sequence, so that row h of a group is head h.
            vectors = (reads.query, reads.key, reads.value, reads.mixed.value)
            query, key, value, read = (vector[:, row, :length].T for vector in vectors)
            scores, pattern = (
                _by_pair(part, row, group.mask, length, masked)
                for part, masked in ((reads.mixed.scores, np.nan), (reads.mixed.weights, 0))
            )
            heads[name] = CapturedHead(query, key, value, scores, pattern, read)
    return heads


def _by_pair(part: Array, row: int, mask: Mask, length: int, masked: float) -> Array:
    """Returns what a head has for each pair of positions, a masked value where its mask is."""
    pairs = np.full((length, length), masked, part.dtype)
    offsets = separate_offsets(mask)
    for position in range(length):
        sources = mask.sources(position, length)
        if offsets is None:
            pairs[position, sources] = part[row, position, sources]
        else:
            places = [offsets.index(source - position) for source in sources]
            pairs[position, sources] = part[places, row, position]
    return pairs


def nonzero(rows: Array) -> tuple[tuple[tuple[int, float], ...], ...]:
    """Returns for each row the columns that are not 0, each with its number."""
    return tuple(
        tuple((column, float(row[column])) for column in np.flatnonzero(row).tolist())
        for row in rows
    )
