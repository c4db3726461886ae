"""Examples: where a block goes wrong, as further transitions to train on.

There are two kinds. On an input that refutes a block, the residual streams that it comes across by
itself, which are not the codes, belong to states of the program (imitation learning calls it
DAgger; Ross et al., 2011); and so do the corners of the boxes that were used in trying to prove it
(as in adversarial training; Madry et al., 2018). In both cases it is known what should come out.
"""

from __future__ import annotations

from collections.abc import Iterator
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
from alta_verify.abstraction import Abstraction
from alta_verify.arithmetic.formats import FORMATS
from alta_verify.boxes.learned import Learned
from alta_verify.encode.relation import code
from alta_verify.obligation import NotShown
from alta_verify.report.report import Report
from alta_verify.search.counterexample import Counterexample

__all__ = ["corners", "examples", "trajectory"]

# So many corners of a box are trained on, those that lead astray most.
_CORNERS: Final = 8

# So many corners of a box are looked at, if it has more.
_DRAWN: Final = 1024

# Corners are no further from the codes than this: beyond, they are nearer to other codes soon.
_FAR: Final = 0.25


Stream = Float64[npt.NDArray[np.float64], " D"]


def examples(program: Program, model: Model, report: Report, *, seed: int) -> Vectors:
    """Returns where the block that a report is about goes wrong, as transitions to train on."""
    pairs: list[tuple[Stream, Stream]] = []
    if report.counterexample is not None:
        pairs += trajectory(program, model, report.counterexample)  # type: ignore[arg-type]
    if report.learned is not None:
        pairs += corners(model, report.learned, seed=seed)
    inputs, outputs = (
        np.array([pair[side] for pair in pairs], np.float32).reshape(-1, model.layout.width)
        for side in (0, 1)
    )
    undefined, counts = np.zeros(inputs.shape, dtype=bool), np.ones(len(inputs), np.int64)
    return Vectors(inputs, outputs, undefined, counts)


def trajectory(
    program: Program, model: Model, counterexample: Counterexample
) -> Iterator[tuple[Stream, Stream]]:
    """Yields the transitions on an input, up to where the model goes wrong, as it meets them."""
    # What is wrong before the first layer is in the embedding, which is not trained; and where the
    # program fails, nothing is right.
    if counterexample.kind != "mismatch" or not counterexample.layer:
        return
    try:
        symbolic = run(program, counterexample.tokens, counterexample.layer)
    except ExecutionError:
        return
    # The streams that the model meets by itself, paired with the states they should stand for.
    streams = model.residual_streams(counterexample.tokens, counterexample.layer)
    abstraction = Abstraction.of(program)
    for layer, state in enumerate(symbolic.states):
        # The initial stream comes first, then two a layer.
        attended = np.asarray(streams[2 * layer + 1], dtype=np.float64)
        for position, after in enumerate(state.after_mlp):
            values = {name: after[name] for name in program.variables}
            yield attended[position], _codes(abstraction, model, values)


def _codes(abstraction: Abstraction, model: Model, values: dict[str, Any]) -> Stream:
    """Returns the codes of the values of variables; head outputs are 0."""
    stream = np.zeros(model.layout.width)
    for name, value in values.items():
        index = abstraction.index_of(name, value)
        columns = list(model.layout.columns[name])
        box = code(abstraction, name, index, len(columns), FORMATS[model.dtype])
        stream[columns] = [float(interval.lo) for interval in box]
    return stream


def corners(model: Model, learned: Learned, *, seed: int) -> Iterator[tuple[Stream, Stream]]:
    """Yields corners of the last boxes that decode, those that lead furthest from the codes."""
    try:
        relations, propagation = learned.layerwise.relations, learned.propagation
        boxes, exact = propagation.before(relations[-1]), propagation.before(relations[0])
    except NotShown:
        return
    rng = np.random.default_rng(seed)
    for row, step in enumerate(propagation.transitions):
        # The box that decodes last, cut to where codes are still the nearest ones.
        low = np.maximum(boxes.low[row], exact.low[row] - _FAR)
        high = np.minimum(boxes.high[row], exact.high[row] + _FAR)
        values = relations[0].abstraction.values
        after = {n: values[n][index] for n, index in step.after.items()}
        right = _codes(relations[0].abstraction, model, after)
        # A ReLU block is piecewise linear: where it leads furthest astray is often a corner.
        ends = np.where(_sides(model.layout.width, rng), high, low)
        distance = np.abs(_after(learned, ends) - right).max(axis=1)
        for furthest in np.argsort(-distance, kind="stable")[:_CORNERS]:
            yield ends[furthest], right


def _sides(width: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    if 2**width <= _DRAWN:
        return np.array(list(product((False, True), repeat=width)))
    # There are 2^width corners, too many to go through.
    return rng.random((_DRAWN, width)) < 1 / 2


def _after(
    learned: Learned, streams: Float64[npt.NDArray[np.float64], "rows D"]
) -> Float64[npt.NDArray[np.float64], "rows D"]:
    """Returns the residual streams after the block, in float64."""
    # What is looked for are corners that go wrong, for which the format does not matter.
    x = streams
    layers = zip(learned.block.matrices, learned.block.biases, strict=True)
    for index, (matrix, bias) in enumerate(layers):
        x = (np.maximum(0, x) if index else x) @ np.asarray(matrix, np.float64)
        x = x + np.asarray(bias, np.float64)
    return np.asarray(streams + x)
