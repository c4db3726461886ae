"""Transition: a step of one position in one layer."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import final

__all__ = ["Transition"]


@final
@dataclass(frozen=True)
class Transition:
    """What one position goes through in one layer, by index.

    Attributes:
        local: the value of every name after attention.
        after: the value of every variable after the MLP.
    """

    local: Mapping[str, int]
    after: Mapping[str, int]

    def is_of(self, pattern: Mapping[str, Set[int]]) -> bool:
        """Says whether its local state has one of the values that a pattern has for each name."""
        return all(self.local[name] in values for name, values in pattern.items())
