"""Models around a function: it stands in place of the feed-forward block, and has no weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np
import numpy.typing as npt

from alta.interp.run import Run, Trace
from alta.lang.program import Program
from alta.nn.block import FunctionBlock
from alta.nn.engine import Engine

if TYPE_CHECKING:
    from alta.nn.model import Model

__all__ = ["FunctionModel"]


@final
@dataclass(frozen=True, eq=False)
class FunctionModel:
    """A model with a function in place of its feed-forward block.

    It runs like a `Model`. It is none, as a function has no weights of which something could be
    proved.

    Attributes:
        model: of its weights all are used but those of the feed-forward block.
        block: the function.
    """

    model: Model = field(repr=False)
    block: FunctionBlock

    @property
    def program(self) -> Program:
        """What the model is meant to compute."""
        return self.model.program

    @cached_property
    def engine(self) -> Engine:
        """What runs the model."""
        engine = self.model.engine
        return replace(engine, weights=replace(engine.weights, mlp=self.block))

    def run(self, tokens: Sequence[Any] | str, max_layers: int | None = None) -> Run:
        """Runs one input; arguments, result and errors as for `alta.run`."""
        return self.run_batch([tokens], max_layers)[0]

    def run_batch(
        self, sequences: Sequence[Sequence[Any] | str], max_layers: int | None = None
    ) -> list[Run]:
        """Runs inputs of any lengths, as one batch; as `Model.run_batch`.

        A function need not halt where the program does, nor at all: without a bound, a run may
        never end.
        """
        return self.engine.run_batch(sequences, max_layers)

    def residual_streams(
        self, tokens: Sequence[Any] | str, n_layers: int
    ) -> list[npt.NDArray[np.floating[Any]]]:
        """Returns the residual stream before the first layer and then twice a layer."""
        return self.engine.residual_streams(tokens, n_layers)

    def trace(self, tokens: Sequence[Any] | str, n_layers: int) -> Trace:
        """Returns the states that the residual streams decode to, layer by layer."""
        return self.engine.trace(tokens, n_layers)
