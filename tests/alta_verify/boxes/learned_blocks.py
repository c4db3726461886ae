"""Learned blocks without training: those that compute the same as compiled ones, with noise."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

import alta
from alta.lang.program import Program
from alta.nn.block import DenseBlock
from alta.nn.model import Model
from alta.nn.sparse import as_dense
from alta_verify import Report, verify
from alta_verify.boxes.learned import Learned
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.prove.computes.theorem import Computes

__all__ = [
    "EXACT",
    "LONGEST",
    "MODEL",
    "PROGRAM",
    "judged",
    "learned_of",
    "rectified",
    "repeating",
    "shaken",
]


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


LONGEST = 5

PROGRAM = alta.programs.parity_sequential_relative()
MODEL = alta.compile(PROGRAM, max_len=LONGEST)
EXACT = rectified(MODEL)


@cache
def shaken(size: float, seed: int) -> DenseBlock:
    """The exact block with noise on all its weights, as training leaves it."""
    rng = np.random.default_rng(seed)

    def noisy(array: Any) -> Any:
        return (array + size * rng.uniform(-1, 1, array.shape)).astype(array.dtype)

    return replace(
        EXACT, matrices=tuple(map(noisy, EXACT.matrices)), biases=tuple(map(noisy, EXACT.biases))
    )


@cache
def learned_of(size: float = 0.0, seed: int = 0) -> Learned:
    """What is to be shown of a shaken block, shared by all tests: they change nothing of it."""
    model = MODEL.with_mlp(shaken(size, seed))
    learned = Computes(Task(PROGRAM, model, LONGEST, None, Deadline.after(None))).boxes
    assert learned is not None
    return learned


def judged(block: DenseBlock, **options: Any) -> Report:
    """The report on the model with a block."""
    return verify(PROGRAM, MODEL.with_mlp(block), max_len=LONGEST, **options)


def repeating() -> Program:
    """A program that gives back its input, with no heads and no rules."""
    return alta.program_spec_from_rules(
        name="repeating",
        variables={"token": alta.input_var(2)},
        heads={},
        rules=[],
        output_name="token",
        input_range=2,
        layers=1,
    )
