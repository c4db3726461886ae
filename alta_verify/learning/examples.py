"""Examples: where a block goes wrong, as further transitions to train on.

There are two kinds. On an input that refutes a block, the residual streams that it comes across by
itself, which are not the codes, belong to states of the program; and so do the corners of the boxes
that were used in trying to prove it. In both cases it is known what should come out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float64

from alta.errors import ExecutionError
from alta.interp.run import run
from alta.lang.program import Program
from alta.learn.tracing.vectors import Vectors
from alta.nn.model import Model
from alta_verify.boxes.learned import Learned
from alta_verify.encode.relation import code
from alta_verify.obligation import NotShown
from alta_verify.search.counterexample import Counterexample

__all__ = ["corners", "joined", "trajectory"]

_CORNERS: Final = 8
"""So many corners of a box are trained on, those that lead astray most."""

_DRAWN: Final = 1024
"""So many corners of a box are looked at, if it has more."""

_FAR: Final = 0.25
"""Corners are no further from the codes than this: beyond, they are nearer to other codes soon."""


def trajectory(program: Program, model: Model, found: Counterexample) -> Vectors:
    """Returns the transitions on an input, up to where the model goes wrong, as it meets them.

    Args:
        program: the program.
        model: the model.
        found: the counterexample.
    """
    if found.kind != "mismatch" or not found.layer:
        return _vectors([], [], model.layout.width)
    try:
        symbolic = run(program, found.tokens, found.layer)
    except ExecutionError:
        return _vectors([], [], model.layout.width)
    streams = model.residual_streams(found.tokens, found.layer)
    inputs, outputs = [], []
    for layer, state in enumerate(symbolic.states):
        # The initial stream comes first, then two a layer.
        attended = np.asarray(streams[2 * layer + 1], dtype=np.float64)
        for position, after in enumerate(state.after_mlp):
            inputs.append(attended[position])
            outputs.append(_stream(program, model, {n: after[n] for n in program.variables}))
    return _vectors(inputs, outputs, model.layout.width)


def _stream(
    program: Program, model: Model, values: dict[str, Any]
) -> Float64[npt.NDArray[np.float64], " D"]:
    """Returns the codes of the values of variables; head outputs are 0."""
    layout = model.layout
    stream = np.zeros(layout.width)
    for name, value in values.items():
        box = code(program.variables[name], value)
        stream[list(layout.columns[name])] = [float(one.lo) for one in box]
    return stream


def corners(program: Program, model: Model, learned: Learned, *, seed: int) -> Vectors:
    """Returns corners of the last boxes that decode, those that lead furthest from the codes.

    Args:
        program: the program.
        model: the model.
        learned: what is known of its block.
        seed: of the draw, where boxes have many corners.
    """
    width = model.layout.width
    try:
        layerwise, propagation = learned.layerwise, learned.propagation
        boxes, exact = (
            propagation.before(layerwise.relations[-1]),
            propagation.before(layerwise.relations[0]),
        )
    except NotShown:
        return _vectors([], [], width)
    abstraction = layerwise.relations[0].abstraction
    inputs, outputs = [], []
    rng = np.random.default_rng(seed)
    for row, step in enumerate(propagation.steps):
        low = np.maximum(boxes.low[row], exact.low[row] - _FAR)
        high = np.minimum(boxes.high[row], exact.high[row] + _FAR)
        values = {name: abstraction.values[name][index] for name, index in step.after.items()}
        right = _stream(program, model, values)
        ends = np.where(_sides(width, rng), high, low)
        off = np.abs(_after(learned, ends) - right).max(axis=1)
        for place in np.argsort(-off, kind="stable")[:_CORNERS]:
            inputs.append(ends[place])
            outputs.append(right)
    return _vectors(inputs, outputs, width)


def _sides(width: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    if 2**width <= _DRAWN:
        return np.array(list(product((False, True), repeat=width)))
    return rng.random((_DRAWN, width)) < 1 / 2


def _after(
    learned: Learned, streams: Float64[npt.NDArray[np.float64], "rows D"]
) -> Float64[npt.NDArray[np.float64], "rows D"]:
    """Returns the residual streams after the block, in float64."""
    x = streams
    layers = zip(learned.block.matrices, learned.block.biases, strict=True)
    for index, (matrix, bias) in enumerate(layers):
        x = (np.maximum(0, x) if index else x) @ np.asarray(matrix, np.float64)
        x = x + np.asarray(bias, np.float64)
    return np.asarray(streams + x)


def _vectors(inputs: Sequence[Any], outputs: Sequence[Any], width: int) -> Vectors:
    rows = np.array(inputs, dtype=np.float32).reshape(-1, width)
    after = np.array(outputs, dtype=np.float32).reshape(-1, width)
    return Vectors(rows, after, np.zeros(rows.shape, dtype=bool), np.ones(len(rows), np.int64))


def joined(parts: Iterable[Vectors]) -> Vectors | None:
    """Returns vectors one after the other; None where there are none."""
    some = [one for one in parts if len(one.counts)]
    if not some:
        return None
    return Vectors(
        np.concatenate([one.inputs for one in some]),
        np.concatenate([one.outputs for one in some]),
        np.concatenate([one.undefined for one in some]),
        np.concatenate([one.counts for one in some]),
    )
