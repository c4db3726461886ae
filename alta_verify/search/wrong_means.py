"""Wrong means: those of a bucket at which a model does something else than at the others.

Rules cannot tell the means of a bucket apart, but weights may. A threshold that was moved a little
is wrong at the few means next to an edge, which hardly any input has: where more than half of up to
twenty bits have to be ones, at ten ones of nineteen. So the block is evaluated at all means of the
bucket, and runs are asked for an input with one of those at which it does something else. For that
the program is instrumented with a twin of the head, whose buckets tell these means from the others.
Nothing rests on it: what it leads to is an input, and that is replayed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain, groupby, islice
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

import alta
from alta.interp.step import Local, steps
from alta.lang.kinds import Numerical
from alta.lang.program import Program
from alta.lang.variables import numeric_var
from alta.nn import reference
from alta.nn.batching import Course
from alta.nn.model import Model
from alta.nn.rounding import nearest
from alta.nn.sparse import as_dense
from alta.nn.weights import MLPWeights
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.arithmetic.means import TooManyMeans, selections
from alta_verify.claim.computes import Task
from alta_verify.reach.answer import Pattern, Reachable

__all__ = ["Question", "unused_name", "wrong_means"]

Question: TypeAlias = tuple[Program, Pattern]
"""Asks for a run of a program, with more heads perhaps, that has a local state."""

# Values are what is above this; and what is off by more than a quarter may be soon.
_HALF: Final = 0.5
_QUARTER: Final = 0.25
# The block is evaluated at so many combinations of means, and so many of its numbers are computed.
_COMBINATIONS: Final = 1 << 14
_NUMBERS: Final = 1 << 26
# So many questions are asked about one local state.
_QUESTIONS: Final = 8

_Array: TypeAlias = npt.NDArray[np.float64]

_Places: TypeAlias = npt.NDArray[np.bool_]

_Means: TypeAlias = Mapping[str, Sequence[Fraction]]
"""For each of some heads the means that are looked at, in ascending order."""

_Box: TypeAlias = tuple[npt.NDArray[np.intp], ...]
"""For each head the places of some of its means: all combinations of these."""


def wrong_means(task: Task, witness: Reachable, local: Mapping[str, int]) -> list[Question]:
    """Returns questions for inputs that get to a local state with means that a model takes wrongly.

    On the witness, which gets there as well, both sides agree. The local state is one over the
    names that matter.
    """
    heads = [
        name
        for name, index in local.items()
        if name in task.program.heads
        and task.abstraction.averages(name)
        and index != UNDEFINED_VALUE
    ]
    means = {name: _within(task, name, local[name], len(heads)) for name in heads}
    if not means or not all(means.values()):
        return []
    *_, step = steps(task.program, witness.tokens, witness.layer)
    before = step.after_attention[witness.position]
    # Those at which something else is decoded come first.
    wrong = _wrong(task, witness, before, means)
    boxes = list(islice(chain.from_iterable(map(_boxes, wrong)), _QUESTIONS))
    return _questions(task.program, local, means, boxes)


def _within(task: Task, head: str, bucket: int, heads: int) -> list[Fraction]:
    """Returns the means in a bucket, only those next to its ends if there are many."""
    count = task.program.heads[head].mask.most(task.extent.longest)
    try:
        sums = selections(frozenset(task.abstraction.amounts(head)), count)
    except TooManyMeans:
        return []
    means = {total / number for number, total in sums}
    within = sorted(mean for mean in means if task.abstraction.bucket(head, mean) == bucket)
    room = min(_COMBINATIONS, _NUMBERS // max(1, task.model.weights.mlp.width))
    half = max(1, math.floor(room ** (1 / heads)) // 2)
    return within if len(within) <= 2 * half else within[:half] + within[-half:]


def _wrong(task: Task, witness: Reachable, before: Local, means: _Means) -> list[_Places]:
    """Says at which combinations of means what the model does decodes otherwise, or may perhaps.

    These are where it does so if means are exact, where it is off by much, and where it does so at
    one end of what may be computed for them.
    """
    model, format_ = task.model, task.format
    course = Course(len(witness.tokens))
    model.run_batch([witness.tokens], witness.layer, observe=course)
    # The first stream, and then two a layer, of which the first is the one after attention.
    stream = course.streams[2 * witness.layer - 1][witness.position]
    sides = [np.array([float(mean) for mean in side]) for side in means.values()]
    grids = np.meshgrid(*sides, indexing="ij")
    usual = _after(model, stream[None].astype(np.float64))
    # A sum of n products is off by n units at most, and is then stored.
    terms = max(task.program.heads[name].mask.most(task.extent.longest) for name in means)
    error = 2 * float(terms * format_.sum_rounding + format_.rounding)

    def unlike(stretch: float) -> tuple[_Places, _Places]:
        rows = np.tile(stream.astype(np.float64), (grids[0].size, 1))
        for name, grid in zip(means, grids, strict=True):
            # What a head adds grows with the mean, everywhere as between two numbers.
            distances = stretch * grid.ravel() - float(before[name])  # type: ignore[arg-type]
            rows += np.outer(distances, _slope(task, name))
        after = _after(model, rows.astype(stream.dtype).astype(np.float64))
        return _differing(task, after, usual)

    decoded, off = unlike(1)
    ends = unlike(1 - error)[0] | unlike(1 + error)[0]
    return [places.reshape(grids[0].shape) for places in (decoded, off, ends)]


def _differing(task: Task, after: _Array, usual: _Array) -> tuple[_Places, _Places]:
    """Says which streams decode otherwise than the usual one, and which are far from it."""
    model = task.model
    decoded, off = np.zeros((2, len(after)), dtype=bool)
    for name, variable in task.program.variables.items():
        columns = list(model.layout.columns[name])
        here, there = after[:, columns], usual[:, columns]
        if isinstance(variable, Numerical) and len(columns) == 1:
            # Numbers decode as they are, once stored.
            stored = [nearest(number, model.dtype) for number in here[:, 0].tolist()]
            decoded |= np.array(stored) != nearest(there.item(), model.dtype)
        else:
            decoded |= ((here > _HALF) != (there > _HALF)).any(axis=1)
            off |= (np.abs(here - there) > _QUARTER).any(axis=1)
    return decoded, off


def _slope(task: Task, head: str) -> _Array:
    """Returns what a head adds to the residual stream for a mean that is greater by 1."""
    layout, weights = task.model.layout, task.model.weights.heads[head]
    variable, amounts = task.program.heads[head].value, task.abstraction.amounts(head)
    if len(amounts) < 2:
        return np.zeros(layout.width)
    codes = np.zeros((2, layout.width))
    columns = list(layout.columns[variable])
    # The amounts ascend, and a variable has one coordinate, or one for each of them.
    ends = [float(amounts[0]), float(amounts[-1])]
    codes[:, columns] = (
        [[ends[0]], [ends[1]]] if len(columns) == 1 else np.eye(len(amounts))[[0, -1]]
    )
    written = codes @ _dense(weights.value) @ _dense(weights.output)
    slope: _Array = (written[1] - written[0]) / (ends[1] - ends[0])
    return slope


def _after(model: Model, rows: _Array) -> _Array:
    """Returns residual streams after the block."""
    block = model.weights.mlp
    if isinstance(block, MLPWeights):
        return reference.mlp(block, rows).after
    added = block.added(rows.T.astype(np.float32), "float32")
    return rows + np.asarray(added, dtype=np.float64).T


def _dense(matrix: Any) -> _Array:
    return np.asarray(as_dense(matrix), dtype=np.float64)


def _boxes(wrong: _Places) -> Iterator[_Box]:
    """Yields products of places that together are the wrong ones, and no others."""
    left = wrong.copy()
    while left.any():
        box = tuple(np.array([place]) for place in np.argwhere(left)[0])
        for axis in range(wrong.ndim):
            # All places at which it is wrong whatever the others are in the box.
            others = tuple(a for a in range(wrong.ndim) if a != axis)
            rows = wrong[
                np.ix_(*(np.arange(n) if a == axis else box[a] for a, n in enumerate(wrong.shape)))
            ]
            (alike,) = np.nonzero(rows.all(axis=others))
            box = (*box[:axis], alike, *box[axis + 1 :])
        left[np.ix_(*box)] = False
        yield box


def _questions(
    program: Program, local: Mapping[str, int], means: _Means, boxes: Sequence[_Box]
) -> list[Question]:
    """Returns for each box whether a run gets to a local state with means from it."""
    twins, inside = {}, {}
    for axis, (head, within) in enumerate(means.items()):
        twin = unused_name(program, f"{head}, exactly")
        # The places of one run are alike in all boxes, so that only the ends of runs need values
        # of their own: an edge is in the middle between two.
        kinds = [tuple(place in box[axis] for box in boxes) for place in range(len(within))]
        values: dict[float, tuple[bool, ...]] = {}
        for kind, group in groupby(zip(within, kinds, strict=True), key=lambda pair: pair[1]):
            run = [mean for mean, _ in group]
            values |= {float(run[0]): kind, float(run[-1]): kind}
        declared = program.heads[head]
        twins[twin] = replace(declared, output=numeric_var(values=list(values)))
        inside[twin] = list(values.values())
    extended = alta.replace(program, heads={**program.heads, **twins})
    state = {name: frozenset({index}) for name, index in local.items()}
    return [
        (
            extended,
            state
            | {
                twin: frozenset(index for index, kind in enumerate(kinds) if kind[number])
                for twin, kinds in inside.items()
            },
        )
        for number in range(len(boxes))
    ]


def unused_name(program: Program, wish: str) -> str:
    """Returns a name that no variable and no head has."""
    while wish in program.domains:
        wish += "'"
    return wish
