"""What a model computes between its states, for those who look at its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

__all__ = ["Attention", "Inside"]

Attention = Sequence[Mapping[str, Sequence[Sequence[tuple[int, float]]]]]
"""For each layer, head and position the positions attended to, each with its weight."""


@final
@dataclass(frozen=True)
class Inside:
    """What heads of a model attend to, and its residual stream.

    For each state before the first layer and after each, and for each position, the stream is the
    coordinates that are not 0, by number; and coordinates have names.
    """

    attention: Attention
    residual: Sequence[Sequence[Mapping[int, float]]]
    coordinates: tuple[str, ...]
