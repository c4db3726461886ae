"""Networks: the part of a feed-forward block that writes one variable, as an ONNX graph.

A clipped unit min(1, max(0, s)) is max(0, s) - max(0, s - 1), so that the graph has nothing but
matrices, sums and ReLU, which every verifier of networks reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from alta.extras import needed
from alta.nn.model import Model
from alta.nn.sparse import as_dense
from alta_verify.obligation import NotShown

__all__ = ["BlockNetwork"]

Array = npt.NDArray[Any]

# The layers that read clipped units.
_CLIPPED: Final = (1, 3)


@final
@dataclass(frozen=True)
class BlockNetwork:
    """A block between coordinates that are read and coordinates after it.

    Attributes:
        layers: matrices and biases; before the second and the fourth there is a ReLU.
        kept: the matrix by which the inputs are added to the outputs: the residual stream.
    """

    layers: tuple[tuple[Array, Array], ...]
    kept: Array

    @classmethod
    def of(cls, model: Model, read: Sequence[int], written: Sequence[int]) -> BlockNetwork:
        """Takes a model's block apart, exactly.

        Raises:
            NotShown: when something needs more bits than float64 has.
        """
        mlp = model.weights.compiled_mlp
        expand_in, expand_out, lookup_in, lookup_out = (
            _wide(as_dense(matrix))
            for matrix in (mlp.expand_in, mlp.expand_out, mlp.lookup_in, mlp.lookup_out)
        )
        layers = (
            _clipped(expand_in[list(read)], _wide(mlp.expand_in_bias)),
            (_unclipped(expand_out), _wide(mlp.expand_out_bias)),
            _clipped(lookup_in, _wide(mlp.lookup_in_bias)),
            (_unclipped(lookup_out[:, list(written)]), _wide(mlp.lookup_out_bias)[list(written)]),
        )
        kept = np.equal.outer(np.array(read), np.array(written)).astype(np.float64)
        return cls(layers, kept)

    def __call__(self, x: Array) -> Array:
        """Returns the outputs for rows of inputs, in float64."""
        y = x
        for number, (matrix, bias) in enumerate(self.layers):
            y = (np.maximum(y, 0) if number in _CLIPPED else y) @ matrix + bias
        outputs: Array = y + x @ self.kept
        return outputs

    @property
    def dtype(self) -> str:
        """The narrowest format of ``float32`` and ``float64`` that has all weights."""
        arrays = [self.kept, *(array for layer in self.layers for array in layer)]
        narrow = all((array.astype(np.float32) == array).all() for array in arrays)
        return "float32" if narrow else "float64"

    def to_onnx(self, name: str) -> Any:
        """Returns the graph, with the input X of shape (1, n) and the output Y of shape (1, k)."""
        onnx = needed("onnx", "--vnnlib", "vnnlib")
        helper, kind = onnx.helper, onnx.TensorProto
        element = kind.FLOAT if self.dtype == "float32" else kind.DOUBLE
        nodes, weights, last = [], [], "X"

        def constant(title: str, array: Array) -> str:
            weights.append(onnx.numpy_helper.from_array(array.astype(self.dtype), title))
            return title

        for number, (matrix, bias) in enumerate(self.layers):
            if number in _CLIPPED:
                nodes.append(helper.make_node("Relu", [last], [f"relu_{number}"]))
                last = f"relu_{number}"
            product, total = f"product_{number}", f"sum_{number}"
            factor = constant(f"W_{number}", matrix)
            nodes.append(helper.make_node("MatMul", [last, factor], [product]))
            nodes.append(helper.make_node("Add", [product, constant(f"b_{number}", bias)], [total]))
            last = total
        nodes.append(helper.make_node("MatMul", ["X", constant("kept", self.kept)], ["residual"]))
        nodes.append(helper.make_node("Add", [last, "residual"], ["Y"]))
        inputs, outputs = self.kept.shape
        graph = helper.make_graph(
            nodes,
            name,
            [helper.make_tensor_value_info("X", element, [1, inputs])],
            [helper.make_tensor_value_info("Y", element, [1, outputs])],
            weights,
        )
        # An old version of the operators, as readers are slow to follow.
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model


def _wide(array: Any) -> Array:
    # Exact: float64 holds every number of the four formats.
    return np.asarray(array, dtype=np.float64)


def _clipped(matrix: Array, bias: Array) -> tuple[Array, Array]:
    """Returns a layer of twice as many units: s and s - 1."""
    shifted = bias - 1
    if not (shifted + 1 == bias).all():
        raise NotShown("a bias that is so small that 1 less than it is no float64")
    return np.hstack([matrix, matrix]), np.concatenate([bias, shifted])


def _unclipped(matrix: Array) -> Array:
    """Returns what reads max(0, s) - max(0, s - 1) where a matrix reads a clipped unit."""
    return np.vstack([matrix, -matrix])
