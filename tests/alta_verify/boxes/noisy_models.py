"""Models with noise on every weight, and the boxes that hold their residual streams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import alta
from alta.nn.model import Model
from alta_verify.boxes.enclosed import EnclosedLayers, Layers, enclosed
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.prove.computes.context import Context
from alta_verify.prove.computes.theorem import Computes
from tests.properties.running import coded, course, words_of

__all__ = [
    "LONGEST",
    "MODEL",
    "PROGRAM",
    "bounded",
    "context_of",
    "exactly",
    "layers_of",
    "steps",
]

LONGEST = 4

PROGRAM = alta.programs.parity_sequential_relative()

MODEL = alta.compile(PROGRAM, max_len=LONGEST)


def context_of(model: Model, max_layers: int | None = None) -> Context:
    """Returns the context of the theorem about a model of `PROGRAM`."""
    return Computes(Task(PROGRAM, model, LONGEST, max_layers, Deadline.after(None))).context


def bounded(model: Model) -> EnclosedLayers:
    """Returns boxes for all layers of a model of `PROGRAM`."""
    context = context_of(model)
    return enclosed(
        model,
        context.embedding.relation,
        context.encoded,
        context.runs.value_sets.distinct(),
        context.runs.most_layers or 0,
        context.task.format,
    )


def layers_of(model: Model) -> Layers:
    """Returns what attention and block add, given boxes that hold all streams."""
    context = context_of(model)
    encoded = context.encoded(bounded(model).relation)
    return Layers(model, encoded, context.runs.value_sets.distinct(), context.task.format)


@final
@dataclass(frozen=True)
class Step:
    """A step of a position: its local state, its next values, its stream, what the block adds."""

    local: dict[str, int]
    after: dict[str, int]
    row: Any
    added: list[Fraction]


def steps(model: Model) -> list[Step]:
    """Returns the steps of all runs, one of those that are alike."""
    return list({step.row.tobytes(): step for step in _steps(model)}.values())


def _steps(model: Model) -> Iterator[Step]:
    abstraction = context_of(model).task.abstraction
    for word in words_of(PROGRAM, LONGEST):
        known = course(PROGRAM, word)
        streams = model.residual_streams(word, len(known.attended))[1::2]
        layers = zip(known.attended, known.tables[1:], streams, strict=True)
        for before, after, stream in layers:
            for local, following, row in zip(before, after, stream, strict=True):
                before_, after_ = coded(abstraction, local), coded(abstraction, following)
                yield Step(before_, after_, row, exactly(model, row))


def exactly(model: Model, row: Sequence[float]) -> list[Fraction]:
    """Returns what the block adds to a row of the stream, without rounding."""
    mlp = model.weights.compiled_mlp
    layers = (
        (mlp.expand_in, mlp.expand_in_bias, True),
        (mlp.expand_out, mlp.expand_out_bias, False),
        (mlp.lookup_in, mlp.lookup_in_bias, True),
        (mlp.lookup_out, mlp.lookup_out_bias, False),
    )
    current = [Fraction(float(number)) for number in row]
    for matrix, bias, clipped in layers:
        columns = zip(*matrix.tolist(), strict=True)
        current = [
            sum((a * Fraction(w) for a, w in zip(current, column, strict=True)), Fraction(b))
            for column, b in zip(columns, bias.tolist(), strict=True)
        ]
        if clipped:
            current = [min(Fraction(1), max(Fraction(0), number)) for number in current]
    return current
