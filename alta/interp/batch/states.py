"""States of many sequences, as numbers, with the columns behind the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.interning import Ids
from alta.interp.batch.rows import Rows

__all__ = ["StateRows", "States"]


@final
@dataclass
class States:
    """The states of some equally long sequences.

    Attributes:
        uniform: the states of the uniform variables; shape (batch,).
        positional: the states of the other variables; shape (batch, length).
    """

    uniform: Ids
    positional: Ids

    def some(self, rows: npt.NDArray[np.intp] | slice) -> States:
        """Returns the states of some of the sequences."""
        return States(self.uniform[rows], self.positional[rows])


@final
@dataclass(frozen=True)
class StateRows:
    """What the numbers of states mean.

    Attributes:
        uniform: the states of the uniform variables.
        positional: the states of the other variables.
    """

    uniform: Rows
    positional: Rows

    def column(self, name: str, states: States) -> npt.NDArray[Any]:
        """Returns the codes of a variable; shape (batch, length), or (batch, 1) if uniform."""
        if name in self.uniform.names:
            return self.uniform.column(name)[states.uniform][:, None]
        return self.positional.column(name)[states.positional]
