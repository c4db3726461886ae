"""Heads with a query, compiled and changed, and the relation before the first layer."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np

import alta
from alta.nn.model import Model
from alta.nn.sparse import as_dense
from alta_verify.abstraction import Abstraction
from alta_verify.encode.embedding import encode_embedding
from alta_verify.encode.relation import Relation
from tests.alta_verify.mutants import with_heads

__all__ = ["dense", "relative", "wide"]


@cache
def _compiled(max_len: int) -> tuple[Model, Relation]:
    program = alta.programs.sort_unique(max_value=3)
    model = alta.compile(program, max_len=max_len)
    pairs = [(t, p) for t in range(program.input_range) for p in range(max_len)]
    return model, encode_embedding(model, Abstraction.of(program), pairs).relation


def relative(
    max_len: int = 4, head_name: str = "fetched", **changes: np.ndarray
) -> tuple[Model, Relation]:
    """A model of a program with a query, with a matrix of that head changed, and its relation."""
    model, relation = _compiled(max_len)
    if changes:
        head = model.weights.heads[head_name]
        model = with_heads(model, {head_name: replace(head, **changes)})
    return model, relation


def wide(relation: Relation, name: str, slack: Fraction, twice: int = -1) -> Relation:
    """The relation with codes of a variable that are known less well, and of one value least."""
    codes = {
        value: tuple(one.widened(slack * (2 if value == twice else 1)) for one in row)
        for value, row in relation.start[name].items()
    }
    return replace(relation, start={**relation.start, name: codes})


def dense(matrix) -> np.ndarray:
    return np.array(as_dense(matrix))
