"""Blocks: what may stand in place of the compiled feed-forward block, such as a learned one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Final, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from alta.errors import ModelError, nearest
from alta.nn.products import stored, summed

__all__ = ["ACTIVATIONS", "Block", "DenseBlock", "FunctionBlock", "applied", "block_of"]

ACTIVATIONS: Final[Mapping[str, Callable[[Array], Array]]] = MappingProxyType(
    {
        "relu": jax.nn.relu,
        "gelu": jax.nn.gelu,
        "tanh": jnp.tanh,
        "sigmoid": jax.nn.sigmoid,
    }
)
"""The activations of dense blocks, by name."""


@final
@partial(
    jax.tree_util.register_dataclass,
    data_fields=["matrices", "biases"],
    meta_fields=["activation"],
)
@dataclass(frozen=True)
class DenseBlock:
    """A multilayer perceptron whose output is added to the residual stream.

    Attributes:
        matrices: of shapes (D, H), (H, H), …, (H, D).
        biases: of shapes (H,), (H,), …, (D,).
        activation: what is applied between them, one of `ACTIVATIONS`.
    """

    matrices: tuple[Any, ...]
    biases: tuple[Any, ...]
    activation: str = "relu"

    def __post_init__(self) -> None:
        for name in ("matrices", "biases"):
            # JAX puts other things there while it takes trees apart.
            if isinstance(getattr(self, name), list):
                object.__setattr__(self, name, tuple(getattr(self, name)))

    def layers(self, x: Float[Array | np.ndarray, "D ..."], accumulate: str) -> list[Array]:
        """Returns what each hidden layer gives, and last what is added to a residual stream.

        All are feature-major.
        """
        activate = ACTIVATIONS[self.activation]
        layers = []
        for index, (matrix, bias) in enumerate(zip(self.matrices, self.biases, strict=True)):
            # The activation is between matrices: not before the first one, nor after the last.
            hidden = activate(jnp.asarray(x)) if index else jnp.asarray(x)
            layers.append(hidden)
            # Not -1, which no layer of width 0 has.
            rows = jnp.asarray(bias).astype(accumulate).reshape(len(bias), *[1] * (x.ndim - 1))
            # Between its layers a block stays in the format of sums: only its result is stored.
            x = summed("de,d...->e...", matrix, hidden, accumulate) + rows
        # The first is the stream that came in.
        return [*layers[1:], jnp.asarray(x)]

    def added(
        self, x: Float[Array | np.ndarray, "D ..."], accumulate: str
    ) -> Float[Array, "D ..."]:
        """Returns what is added to a residual stream after attention, feature-major."""
        return self.layers(x, accumulate)[-1]

    @property
    def width(self) -> int:
        """The numbers that it has at one position, of all its layers together."""
        return sum(int(matrix.shape[1]) for matrix in self.matrices)

    def check(self, width: int) -> None:
        """Checks that the arrays fit one another and a residual stream of a width."""
        if self.activation not in ACTIVATIONS:
            raise ModelError(
                f"block: no activation {self.activation!r}; {nearest(self.activation, ACTIVATIONS)}"
            )
        if not self.matrices or len(self.matrices) != len(self.biases):
            raise ModelError(
                f"block: expected a bias for each matrix, got {len(self.matrices)} matrices and "
                f"{len(self.biases)} biases"
            )
        # From D coordinates through hidden layers of any width back to D.
        size = width
        for index, (matrix, bias) in enumerate(zip(self.matrices, self.biases, strict=True)):
            shape, last = np.shape(matrix), index == len(self.matrices) - 1
            outward = width if last else (shape[1] if len(shape) == 2 else "H")
            if shape != (size, outward):
                raise ModelError(
                    f"block: matrix {index} has shape {shape}; expected ({size}, {outward}), as "
                    f"the residual stream has {width} coordinates"
                )
            if np.shape(bias) != (outward,):
                raise ModelError(
                    f"block: bias {index} has shape {np.shape(bias)}; expected ({outward},)"
                )
            size = shape[1]


@final
@partial(jax.tree_util.register_dataclass, data_fields=[], meta_fields=["function"])
@dataclass(frozen=True)
class FunctionBlock:
    """A function of residual streams (…, D) whose result is added to them; JAX traces it."""

    function: Callable[[Array], Array]

    def layers(self, x: Float[Array | np.ndarray, "D ..."], accumulate: str) -> list[Array]:
        """Returns what is added to a residual stream; what a function computes before is unknown.

        The block is feature-major and summed in any format.
        """
        # Functions are written for rows, with the coordinates last.
        rows = jnp.moveaxis(jnp.asarray(x), 0, -1)
        added = self.function(rows)
        if added.shape != rows.shape:
            raise ModelError(
                f"block: the function returned shape {added.shape} for a residual stream of shape "
                f"{rows.shape}; expected the same"
            )
        return [jnp.moveaxis(added, -1, 0).astype(accumulate)]

    @property
    def width(self) -> int:
        """Nothing is known of what it has at one position."""
        return 1

    def check(self, width: int) -> None:
        """Checks nothing: what the function returns is seen when it is traced."""


Block = DenseBlock | FunctionBlock
"""What may stand in place of the compiled feed-forward block."""


def block_of(block: Any) -> Block:
    """Returns a block, or a function as one."""
    if isinstance(block, DenseBlock | FunctionBlock):
        return block
    if callable(block):
        return FunctionBlock(block)
    raise ModelError(
        "with_mlp: expected the parameters of a trained block (alta.learn.train) or a function, "
        f"got {block!r}"
    )


def applied(
    block: Block, x: Float[Array, "D ..."], accumulate: str
) -> tuple[Float[Array, "D ..."], dict[str, Array]]:
    """Returns a residual stream with the output of a block added, and its hidden layers."""
    *hidden, added = block.layers(x, accumulate)
    units = {f"layer {number}": layer for number, layer in enumerate(hidden, start=1)}
    return stored(x.astype(accumulate) + added, x.dtype), units
