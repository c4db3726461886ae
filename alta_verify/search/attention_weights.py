"""Attention weights: what a head selects in the program, and what the model attends to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy.typing as npt

from alta.interp.step import Table, selected
from alta.lang.heads import Head
from alta.nn import reference
from alta.nn.model import Model

__all__ = ["AttentionWeights", "attention_weights"]

# Positions with less attention are not named.
_VISIBLE: Final = 1e-3

# So many positions are named, those with most attention first.
_MAX_POSITIONS: Final = 4


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
        selected = _listed([str(position) for position in self.selected[:_MAX_POSITIONS]])
        hidden = len(self.selected) - _MAX_POSITIONS
        if hidden > 0:
            selected += f" and {hidden} more"
        weights = _listed([f"{position} with {weight:.3g}" for position, weight in self.weights])
        return f"head {self.head}: program selects {selected}; model attends to {weights}"


def _listed(texts: list[str]) -> str:
    return ", ".join(texts) or "nothing"


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
    shares = reference.attention_weights(
        model.weights.heads[head], model.program.heads[head].mask, stream
    )[position].tolist()
    visible = [(place, share) for place, share in enumerate(shares) if share >= _VISIBLE]
    # Most attention first, and from left to right where it is shared.
    visible.sort(key=lambda pair: (-pair[1], pair[0]))
    return AttentionWeights(
        head, tuple(selected(declared, state, position)), tuple(visible[:_MAX_POSITIONS])
    )
