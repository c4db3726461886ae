"""The network in rational numbers, written from its definition and from nothing else.

It shares no code with the verifier, whose encodings are compared with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from alta.nn.weights import HeadWeights, MLPWeights

Vector = list[Fraction]


def exact(array: np.ndarray[Any, Any]) -> Any:
    """The numbers of an array of any binary format, as nested lists of rationals."""
    wide = np.asarray(array, dtype=np.float64)
    if wide.ndim == 0:
        return Fraction(float(wide))
    return [exact(row) for row in wide]


def products(vector: Vector, matrix: np.ndarray[Any, Any]) -> list[Vector]:
    """For each column of the matrix the products that make up the entry of vector @ matrix."""
    rows = exact(matrix)
    return [
        [one * row[column] for one, row in zip(vector, rows, strict=True)]
        for column in range(matrix.shape[1])
    ]


def product(vector: Vector, matrix: np.ndarray[Any, Any]) -> Vector:
    """The vector times the matrix."""
    return [sum(terms, Fraction(0)) for terms in products(vector, matrix)]


def affine(vector: Vector, matrix: np.ndarray[Any, Any], bias: np.ndarray[Any, Any]) -> Vector:
    """The vector times the matrix, plus the bias."""
    return [a + b for a, b in zip(product(vector, matrix), exact(bias), strict=True)]


def clip(vector: Vector) -> Vector:
    """Every entry cut off below 0 and above 1."""
    return [min(Fraction(1), max(Fraction(0), one)) for one in vector]


@dataclass(frozen=True)
class MLPPass:
    """Every intermediate vector of the feed-forward block."""

    hidden: Vector
    expanded: Vector
    fired: Vector
    after: Vector


def mlp(weights: MLPWeights, x: Vector) -> MLPPass:
    """The feed-forward block at one position, with the residual added."""
    hidden = clip(affine(x, weights.expand_in, weights.expand_in_bias))
    expanded = affine(hidden, weights.expand_out, weights.expand_out_bias)
    fired = clip(affine(expanded, weights.lookup_in, weights.lookup_in_bias))
    added = affine(fired, weights.lookup_out, weights.lookup_out_bias)
    return MLPPass(hidden, expanded, fired, [a + b for a, b in zip(x, added, strict=True)])


def score(head: HeadWeights, attending: Vector, attended: Vector) -> Fraction:
    """The score of one position for another."""
    query, key = product(attending, head.query), product(attended, head.key)
    return sum((a * b for a, b in zip(query, key, strict=True)), Fraction(0))


def read(head: HeadWeights, attention: Sequence[Fraction], stream: Sequence[Vector]) -> Vector:
    """What a head adds where it gives these weights to the positions."""
    values = [product(x, head.value) for x in stream]
    mixed = [
        sum((a * value[unit] for a, value in zip(attention, values, strict=True)), Fraction(0))
        for unit in range(head.value.shape[1])
    ]
    return product(mixed, head.output)
