"""Models: weights with the program and the layout that say what they mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final, overload

import jax
import numpy.typing as npt

from alta.errors import ModelError
from alta.interp.run import Run, Trace
from alta.interp.tokens import MaxLayers, Tokens
from alta.lang.program import Program
from alta.nn import forward
from alta.nn.batching import Observer
from alta.nn.block import DenseBlock, FunctionBlock, block_of
from alta.nn.decoding import Decoding
from alta.nn.device import DeviceWeights, device_weights
from alta.nn.engine import Engine, precision
from alta.nn.layout import Layout
from alta.nn.sparse import SparseMatrix
from alta.nn.weights import ACCUMULATE, Weights, dense_weights, frozen_weights, sparse_weights
from alta.nn.wellformed import check_wellformed

if TYPE_CHECKING:
    from alta.nn.activations import Activations

__all__ = ["FunctionModel", "Model"]


@final
@dataclass(frozen=True, eq=False)
class Model:
    """A Transformer that is meant to compute a program.

    Nothing of it can be changed: however it is made, it copies the arrays to memory that cannot be
    written to, so that what was proved of it is what it runs.

    Attributes:
        program: what the weights are meant to compute.
        weights: one pytree of arrays, of one floating-point type.
        layout: which coordinates of the residual stream hold which variable.
        max_len: the longest sequence it is meant for; None for the program's own limit.
    """

    program: Program
    weights: Weights = field(repr=False)
    layout: Layout = field(repr=False)
    max_len: int | None = None

    def __post_init__(self) -> None:
        # Whether they fit is checked where they are from elsewhere, and before anything is proved.
        if isinstance(self.weights, Weights):
            object.__setattr__(self, "weights", frozen_weights(self.weights))

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """Shows a failing example of Hypothesis in a line, without the weights."""
        printer.text(repr(self))

    def __reduce__(self) -> tuple[Any, ...]:
        """Has a model that is unpickled or copied made like any other, without what was cached."""
        return Model, (self.program, self.weights, self.layout, self.max_len)

    @property
    def dtype(self) -> str:
        """The floating-point format of weights and residual stream."""
        return str(self.weights.token_embedding.dtype)

    @property
    def architecture(self) -> forward.Architecture:
        """What the forward pass needs beside the weights, made anew."""
        # The model tests the halt of the program that it was compiled from, on its own layout.
        return forward.Architecture(
            output=self.layout.columns[self.program.output_name],
            halt=Decoding(self.program, self.layout, self.dtype).halt,
            accumulate=ACCUMULATE[self.dtype],
        )

    @cached_property
    def device_weights(self) -> DeviceWeights:
        """The weights as they lie on the device, bit for bit."""
        with self.precision():
            # Placed once, the weights stay on the device between runs.
            masks = {name: head.mask for name, head in self.program.heads.items()}
            return device_weights(self.weights, masks)

    def precision(self) -> AbstractContextManager[Any]:
        """Returns the context in which JAX keeps this model's format."""
        return precision(self.dtype)

    @cached_property
    def engine(self) -> Engine:
        """What runs the model."""
        parts = self.program, self.layout, self.architecture, self.device_weights
        return Engine(*parts, self.dtype, self.max_len)

    def with_weights(self, weights: Any) -> Model:
        """Returns the same model around other weights of the same tree structure.

        Args:
            weights: a pytree like `self.weights`, of NumPy or JAX arrays; the hidden dimensions
                of the MLP and of the heads may differ, and each matrix may be dense or sparse.

        Raises:
            ModelError: when the structure differs or the shapes do not fit one another.
        """
        # Whether a matrix is dense or sparse does not matter, so it is taken for a leaf.
        expected, got = _structure(self.weights), _structure(weights)
        if got != expected:
            raise ModelError(f"weights: expected the tree structure {expected}, got {got}")
        # The copy is frozen when it is made and checked afterwards: what was checked is what runs.
        return replace(self, weights=weights)._checked()

    @overload
    def with_mlp(self, block: DenseBlock) -> Model: ...

    @overload
    def with_mlp(
        self, block: FunctionBlock | Callable[[jax.Array], jax.Array]
    ) -> FunctionModel: ...

    def with_mlp(self, block: Any) -> Model | FunctionModel:
        """Returns a model with another block in place of its feed-forward block.

        Args:
            block: the parameters of a trained block (`alta.learn.train`), which become weights of
                the model; or a function that takes residual streams after attention, of shape
                (…, D), and returns what to add to them, of which nothing can be proved.

        Raises:
            ModelError: when it is neither, or its arrays do not fit the residual stream.
        """
        # Arrays become weights of a model that can be verified; a function has none.
        inserted = block_of(block)
        if isinstance(inserted, FunctionBlock):
            # A function has no arrays to freeze or to store: it stands on the device alone.
            weights = replace(self.engine.weights, mlp=inserted)
            return FunctionModel(replace(self.engine, weights=weights))
        return replace(self, weights=replace(self.weights, mlp=inserted))._checked()

    def sparse(self) -> Model:
        """Returns the same model with matrices that are kept without their zeros."""
        return replace(self, weights=sparse_weights(self.weights))

    def dense(self) -> Model:
        """Returns the same model with all its matrices as arrays."""
        return replace(self, weights=dense_weights(self.weights))

    def _checked(self) -> Model:
        self.check()
        return self

    def check(self) -> None:
        """Checks that weights and layout fit one another and the program.

        Raises:
            ModelError: when the layout is not the program's, or an array's format or shape does
                not fit; the forward pass would then read past the end of an array.
        """
        check_wellformed(self.program, self.weights, self.layout)

    def save(self, path: str | Path) -> None:
        """Writes the model to a directory: safetensors and a JSON manifest (`alta.load` reads it).

        Args:
            path: the directory; it is made if needed.
        """
        # On demand: a model that is only run needs no files.
        from alta.nn.files import write

        write(Path(path), self.program, self.weights, self.layout, self.max_len)

    def run(self, tokens: Tokens, max_layers: int | None = None) -> Run:
        """Runs the Transformer on one input; arguments, result and errors as for `alta.run`.

        The result's states are decoded from the residual stream when they are first looked at.
        """
        return self.run_batch([tokens], max_layers)[0]

    def run_batch(
        self,
        sequences: Sequence[Tokens],
        max_layers: MaxLayers = None,
        *,
        observe: Observer | None = None,
        shape: tuple[int, int] | None = None,
    ) -> list[Run]:
        """Runs the Transformer on inputs of any lengths, as one batch.

        With a learned block, which need not halt where the program does, nor at all, a run without
        a bound may never end.

        Args:
            sequences: inputs, each as for `alta.run`.
            max_layers: the most layers to take, of all or of each input; None for the program's own
                bound, or until the input halts.
            observe: is told of the residual streams of all inputs, layer by layer.
            shape: how many inputs are run at a time, and to what length they are padded; None for
                what suits them. JAX compiles the model once for each shape.

        Raises:
            TokenError: for tokens that are not the program's, or too many of them.
            ProgramError: when nothing would end a run.
        """
        return self.engine.run_batch(sequences, max_layers, observe, shape)

    def run_with_cache(self, tokens: Tokens, max_layers: int | None = None) -> Activations:
        """Runs one input and returns all that was computed, by name; needs the extra ``arrays``.

        Args:
            tokens: one input, as for `alta.run`.
            max_layers: the most layers to take; None for the program's own bound, or until it
                halts.

        Raises:
            AltaError: when xarray is not installed; otherwise as `run`.
        """
        # On demand: whoever only runs models needs no labelled arrays.
        from alta.nn.activations import activations

        return activations(self.engine, self.weights, *self.engine.captured(tokens, max_layers))

    def residual_streams(self, tokens: Tokens, n_layers: int) -> list[npt.NDArray[Any]]:
        """Returns the residual stream before the first layer and then twice a layer.

        Args:
            tokens: one input.
            n_layers: how many layers to take, whatever the halt says.

        Returns:
            Arrays of shape (length, width), the initial one first, then two for each layer.
        """
        return self.engine.residual_streams(tokens, n_layers)

    def trace(self, tokens: Tokens, n_layers: int) -> Trace:
        """Returns the states that the residual streams decode to, layer by layer.

        Args:
            tokens: one input.
            n_layers: how many layers to take, whatever the halt says.
        """
        return self.engine.trace(tokens, n_layers)


def _structure(weights: Any) -> Any:
    """Returns the structure of a pytree in which any matrix may be dense or sparse."""
    return jax.tree.structure(weights, is_leaf=lambda node: isinstance(node, SparseMatrix))


@final
@dataclass(frozen=True, eq=False)
class FunctionModel:
    """A model with a function as its block: it runs, and has no weights to prove something of."""

    engine: Engine

    @property
    def program(self) -> Program:
        """What the model is meant to compute."""
        return self.engine.program

    @property
    def block(self) -> Any:
        """The function, as a block."""
        return self.engine.weights.mlp

    def run(self, tokens: Tokens, max_layers: int | None = None) -> Run:
        """Runs one input; arguments, result and errors as for `alta.run`."""
        return self.run_batch([tokens], max_layers)[0]

    def run_batch(self, sequences: Sequence[Tokens], max_layers: int | None = None) -> list[Run]:
        """Runs inputs of any lengths, as `Model.run_batch`; without a bound, it may never end."""
        return self.engine.run_batch(sequences, max_layers)

    def residual_streams(self, tokens: Tokens, n_layers: int) -> list[npt.NDArray[Any]]:
        """Returns the residual stream before the first layer and then twice a layer."""
        return self.engine.residual_streams(tokens, n_layers)

    def trace(self, tokens: Tokens, n_layers: int) -> Trace:
        """Returns the states that the residual streams decode to, layer by layer."""
        return self.engine.trace(tokens, n_layers)
