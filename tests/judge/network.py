"""Network: residual streams, one layer after another, straight from the construction.

A Universal Transformer: an embedding of token and position; heads that read in parallel, with
softmax over the positions that their masks leave, which add to the residual stream; and a block of
four matrices with clipped ReLU, which adds to it as well.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tests.judge.formats import Arithmetic, rounded
from tests.judge.language import Word
from tests.judge.meaning import Head
from tests.judge.weights import Dense, Model

__all__ = ["Network", "decoded", "is_halted"]

Stream = npt.NDArray[Any]
"""Inputs of one length, their positions, and coordinates."""


class Network:
    """A model with an arithmetic."""

    def __init__(self, model: Model, arithmetic: Arithmetic) -> None:
        self._model = model
        self._arithmetic = arithmetic
        self._arrays = {name: arithmetic.wide(array) for name, array in model.arrays.items()}

    def start(self, words: list[Word]) -> Stream:
        """The embeddings of inputs of one length."""
        stream = self._arrays["token_embedding"][np.array(words)]
        places = self._arrays["position_embedding"]
        if len(places):
            stream = self._arithmetic.sum([stream, stream * 0 + places[: stream.shape[1]]])
        return self._arithmetic.stored(stream)

    def layer(self, stream: Stream) -> Stream:
        """The residual streams after a layer."""
        return self._rewritten(self._attended(stream))

    def _attended(self, stream: Stream) -> Stream:
        heads = self._model.program.heads
        if not heads:
            return stream
        mixed = [self._read(name, head, stream) for name, head in heads.items()]
        outputs = [self._arrays[f"heads.{name}.output"] for name in heads]
        added = self._arithmetic.product(
            np.concatenate(mixed, axis=-1), np.concatenate(outputs), stream
        )
        return self._arithmetic.stored(added)

    def _read(self, name: str, head: Head, stream: Stream) -> Stream:
        arithmetic = self._arithmetic
        query, key, value = (
            arithmetic.stored(arithmetic.product(stream, self._arrays[f"heads.{name}.{part}"]))
            for part in ("query", "key", "value")
        )
        scores = arithmetic.product(query, key.swapaxes(-1, -2))
        shares = self._softmax(scores, _allowed(head, stream.shape[1]))
        return arithmetic.stored(arithmetic.product(shares, value))

    def _softmax(self, scores: Stream, allowed: npt.NDArray[np.bool_]) -> Stream:
        """The shares of the positions that a mask leaves; zeros where it leaves none."""
        arithmetic = self._arithmetic
        shares = np.zeros_like(scores)
        for here, row in enumerate(allowed):
            there = np.flatnonzero(row)
            if len(there):
                own = scores[:, here, there]
                powers = np.exp(own - own.max(axis=-1, keepdims=True))
                total = arithmetic.sum([powers[:, place] for place in range(len(there))])
                shares[:, here, there] = powers / total[:, None]
        return arithmetic.stored(shares)

    def _rewritten(self, stream: Stream) -> Stream:
        arithmetic, block = self._arithmetic, self._model.block
        if block is not None:
            return arithmetic.stored(arithmetic.sum([stream, self._block(block, stream)]))
        w = {name.removeprefix("mlp."): array for name, array in self._arrays.items()}
        hidden = arithmetic.product(stream, w["expand_in"], w["expand_in_bias"])
        hidden = arithmetic.stored(np.clip(hidden, 0, 1))
        expanded = arithmetic.product(hidden, w["expand_out"], w["expand_out_bias"])
        expanded = arithmetic.stored(expanded)
        fired = arithmetic.product(expanded, w["lookup_in"], w["lookup_in_bias"])
        fired = arithmetic.stored(np.clip(fired, 0, 1))
        after = arithmetic.product(fired, w["lookup_out"], w["lookup_out_bias"], stream)
        return arithmetic.stored(after)

    def _block(self, block: Dense, stream: Stream) -> Stream:
        for number, (matrix, bias) in enumerate(zip(block.matrices, block.biases, strict=True)):
            read = np.maximum(stream, 0) if number else stream
            wide = self._arithmetic.wide
            stream = self._arithmetic.product(read, wide(matrix), wide(bias))
        return stream


def _allowed(head: Head, length: int) -> npt.NDArray[np.bool_]:
    places = range(length)
    return np.array([[head.sees(here, there) for there in places] for here in places], bool)


def decoded(model: Model, name: str, row: Stream) -> Any:
    """The value of a variable that a residual stream stands for; None for none."""
    variable, coordinates = model.program.variables[name], row[list(model.columns[name])]
    if variable.kind == "numerical" and len(coordinates) == 1:
        return float(coordinates[0])
    high = np.flatnonzero(coordinates > 0.5).tolist()
    if variable.kind == "set":
        return frozenset(high)
    if len(high) != 1:
        return None
    if variable.kind == "numerical":
        # Each of its numbers has a coordinate.
        return float(rounded(model.program.numbers(name)[high[0]], model.dtype))
    return high[0]


def is_halted(model: Model, stream: Stream) -> bool:
    """Whether all positions of one input stand for the halt value."""
    if model.program.halt is None:
        return False
    name, value = model.program.halt
    numerical = model.program.variables[name].kind == "numerical"
    if numerical and len(model.columns[name]) > 1:
        # Each coordinate has to be on its side of 1/2.
        high = stream[:, list(model.columns[name])] > 0.5
        return bool((high == [number == value for number in model.program.numbers(name)]).all())
    if numerical:
        value = float(rounded(value, model.dtype))
    return all(decoded(model, name, row) == value for row in stream)
