"""Effects: what the MLP does to a state, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.interning import Ids
from alta.interp.batch.trie import Column
from alta.lang.values import Value

__all__ = ["NOTHING", "Effect", "EffectFinder", "Effects"]

Effect = Mapping[str, Value] | None
"""The variables that are assigned, with their values; None where there is no next state."""

NOTHING: Final = 0
"""The number of the effect that assigns nothing, and of the case in which nothing is assigned."""


@final
class Effects:
    """Numbers distinct effects in the order in which they come up."""

    def __init__(self) -> None:
        """Starts with the effect that assigns nothing."""
        self._numbers: dict[tuple[tuple[str, Value], ...] | None, int] = {(): NOTHING}
        self._effects: list[Effect] = [{}]

    def __getitem__(self, number: int) -> Effect:
        return self._effects[number]

    def number(self, effect: Effect) -> int:
        """Returns the number of an effect; one that is new gets the next number."""
        key = None if effect is None else tuple(sorted(effect.items()))
        if key not in self._numbers:
            self._numbers[key] = len(self._effects)
            self._effects.append(effect)
        return self._numbers[key]


class EffectFinder(Protocol):
    """Finds out what the MLP does to local states, in two parts.

    `shared` looks at the uniform names, once for all positions, and comes to what is done to the
    uniform variables and to a *case*: what is left for positions to decide. `own` looks at the
    other names. States of the uniform names that lead to one case need not be told apart by what
    happens at a position.
    """

    def shared(self, columns: Mapping[str, Column], count: int) -> tuple[Ids, Ids]:
        """Returns what is done to uniform variables, and the cases.

        In the case `NOTHING` nothing happens at any position.

        Args:
            columns: the codes of all uniform names, in some states.
            count: the number of these states.
        """
        ...

    def tested(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        """Returns what makes a difference at positions.

        Args:
            columns: the codes of all names that are not uniform.
        """
        ...

    def own(
        self,
        case: int,
        columns: Mapping[str, Column],
        states: npt.NDArray[np.intp],
        effects: Ids,
    ) -> None:
        """Finds out what is done to the other variables at positions.

        Args:
            case: the case that they are in.
            columns: what `tested` gives, in some states of positions.
            states: those of them that are in the case.
            effects: where to write their effects.
        """
        ...
