"""Dense blocks that compute the same as compiled ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from alta.nn.block import DenseBlock
from alta.nn.model import Model
from alta.nn.sparse import as_dense

__all__ = ["rectified"]


def rectified(model: Model) -> DenseBlock:
    """The compiled block with ReLU in place of clipping: clip(x, 0, 1) is relu(x) - relu(x - 1)."""
    mlp = model.weights.compiled_mlp
    dtype = model.weights.token_embedding.dtype
    expand_in, expand_out, lookup_in, lookup_out = (
        np.asarray(as_dense(each), dtype=np.float64)
        for each in (mlp.expand_in, mlp.expand_out, mlp.lookup_in, mlp.lookup_out)
    )
    between = expand_out @ lookup_in
    bias = mlp.expand_out_bias.astype(np.float64) @ lookup_in + mlp.lookup_in_bias
    matrices = (_twice(expand_in), _twice(_differences(between)), _differences(lookup_out))
    biases = (_stepped(mlp.expand_in_bias), _stepped(bias), mlp.lookup_out_bias)
    return DenseBlock(
        tuple(np.asarray(each, dtype=dtype) for each in matrices),
        tuple(np.asarray(each, dtype=dtype) for each in biases),
    )


def _twice(matrix: Any) -> Any:
    return np.concatenate([matrix, matrix], axis=1)


def _stepped(bias: Any) -> Any:
    return np.concatenate([bias, bias - 1])


def _differences(matrix: Any) -> Any:
    return np.concatenate([matrix, -matrix])
