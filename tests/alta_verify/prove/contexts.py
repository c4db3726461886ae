"""Contexts of small proofs, about right weights and about changed ones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

import alta
from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.prove.computes.context import Context
from alta_verify.prove.computes.theorem import Computes
from tests.alta_verify.mutants import with_arrays

__all__ = ["ABSOLUTE", "HEAD", "LENGTH", "changed", "context_of", "model", "right"]

LENGTH = 4

ABSOLUTE = alta.programs.parity_sequential_absolute(max_length=LENGTH)
"""Has heads with scores, categorical variables and a halt."""

HEAD = "parity_left"


@cache
def model() -> Model:
    """The compiled model of `ABSOLUTE`, with weights that can be changed."""
    return alta.compile(ABSOLUTE, max_len=LENGTH).dense()


@cache
def right() -> Context:
    """The context of a theorem that holds."""
    return context_of(ABSOLUTE, model())


def context_of(program: Program, subject: Model, max_layers: int | None = None) -> Context:
    """Returns the context of a theorem."""
    task = Task(program, subject, LENGTH, max_layers, Deadline.after(None))
    return Computes(task).context


def changed(name: str, index: Any, value: float) -> Context:
    """Returns the context where some entries of an array are something else."""
    arrays: Mapping[str, Any] = dict(_arrays(model()))
    array = np.array(arrays[name])
    array[index] = value
    return context_of(ABSOLUTE, with_arrays(model(), {name: array}))


def _arrays(subject: Model) -> Any:
    from alta.nn.weights import named

    return named(subject.weights)
