"""Learned models: a compiled embedding, attention and output around another feed-forward block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from alta.errors import ModelError
from alta.interp.run import Run, Trace
from alta.lang.program import Program
from alta.nn.block import Block, DenseBlock
from alta.nn.engine import Engine, precision
from alta.nn.weights import read_only

if TYPE_CHECKING:
    from alta.nn.model import Model

__all__ = ["LearnedModel"]


@final
@dataclass(frozen=True, eq=False)
class LearnedModel:
    """Is a compiled model with another block in place of its feed-forward block.

    It runs like a `Model`; it is none, so that nothing that is proved of a model's weights is taken
    to hold of it.

    Attributes:
        model: the compiled model. Of its weights all are used but those of the MLP.
        block: what stands in place of the MLP.
    """

    model: Model = field(repr=False)
    block: Block

    @property
    def program(self) -> Program:
        """What the model is meant to compute."""
        return self.model.program

    @cached_property
    def whole(self) -> Model:
        """The same weights as one model, whose feed-forward block is the learned one.

        Raises:
            ModelError: when the block is a function, which has no weights.
        """
        if not isinstance(self.block, DenseBlock):
            raise ModelError(
                f"a model with a function as its block has no weights, got {self.block!r}; "
                "alta.learn.train returns blocks that have"
            )
        block: DenseBlock = jax.tree.map(read_only, self.block)
        return replace(self.model, weights=replace(self.model.weights, mlp=block))

    @cached_property
    def engine(self) -> Engine:
        """What runs the model."""
        whole = self.model.engine
        with precision(whole.dtype):
            block = jax.tree.map(jnp.asarray, self.block)
        return replace(whole, weights=replace(whole.weights, mlp=block))

    def run(self, tokens: Sequence[Any] | str, max_layers: int | None = None) -> Run:
        """Runs one input; arguments, result and errors as for `alta.run`."""
        return self.run_batch([tokens], max_layers)[0]

    def run_batch(
        self, sequences: Sequence[Sequence[Any] | str], max_layers: int | None = None
    ) -> list[Run]:
        """Runs inputs of any lengths, as one batch.

        A learned block need not halt where the program does, nor at all: without a bound, a run
        may never end.

        Args:
            sequences: inputs, each as for `alta.run`.
            max_layers: the most layers to take; None for the program's own bound, or until the
                input halts.

        Raises:
            TokenError: for tokens that are not the program's, or too many of them.
            ProgramError: when nothing would end a run.
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
