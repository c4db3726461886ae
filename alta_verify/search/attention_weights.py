"""Attention weights: what a head selects in the program, and what the model attends to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from alta.interp.step import Table
from alta.lang.heads import Head
from alta.lang.values import Value
from alta.nn.model import Model
from alta.nn.sparse import as_dense

__all__ = ["AttentionWeights", "attention_weights"]

_VISIBLE: Final = 1e-3
"""Positions with less attention are not named."""

_MOST: Final = 4
"""So many positions are named, those with most attention first."""


@final
@dataclass(frozen=True)
class AttentionWeights:
    """What a head looks at from one position.

    Attributes:
        head: the head.
        selected: the positions that the program selects.
        weights: the positions that the model attends to, with how much; those first that have most.
    """

    head: str
    selected: tuple[int, ...]
    weights: tuple[tuple[int, float], ...]

    def __str__(self) -> str:
        selected = _listed([str(position) for position in self.selected[:_MOST]])
        more = len(self.selected) - _MOST
        if more > 0:
            selected += f" and {more} more"
        weights = _listed([f"{position} with {weight:.3g}" for position, weight in self.weights])
        return f"head {self.head}: program selects {selected}; model attends to {weights}"


def _listed(items: list[str]) -> str:
    return ", ".join(items) or "nothing"


def attention_weights(
    model: Model, head: str, declared: Head, state: Table, stream: npt.NDArray[Any], position: int
) -> AttentionWeights:
    """Returns what a head looks at, the model's part computed in float64.

    Args:
        model: the model, whose own mask holds for it.
        head: the head's name.
        declared: the head as the program has it.
        state: the program's state before the layer.
        stream: the model's residual stream before the layer.
        position: from where.
    """
    selected = tuple(
        other
        for other in range(len(state))
        if declared.allows(other - position) and _matches(declared, state[position], state[other])
    )
    weights = model.weights.heads[head]
    x = stream.astype(np.float64)
    query = x[position] @ np.asarray(as_dense(weights.query), dtype=np.float64)
    scores = (x @ np.asarray(as_dense(weights.key), dtype=np.float64)) @ query
    own = model.program.heads[head]
    allowed = [other for other in range(len(state)) if own.allows(other - position)]
    if not allowed:
        return AttentionWeights(head, selected, ())
    powers = np.exp(scores[allowed] - scores[allowed].max())
    shares = zip(allowed, (powers / powers.sum()).tolist(), strict=True)
    ordered = sorted(shares, key=lambda one: (-one[1], one[0]))
    visible = [one for one in ordered if one[1] >= _VISIBLE]
    return AttentionWeights(head, selected, tuple(visible[:_MOST]))


def _matches(head: Head, here: Mapping[str, Value], there: Mapping[str, Value]) -> bool:
    if head.query is None or head.key is None:
        return True
    query, key = here[head.query], there[head.key]
    return key in query if isinstance(query, frozenset) else key == query
