"""Blocks after a head, read with intervals for what the head gives."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from alta.nn.weights import MLPWeights
from alta_verify.arithmetic.formats import FORMATS
from alta_verify.arithmetic.interval import ONE, ZERO, Interval
from alta_verify.encode.coordinates import Coordinates
from alta_verify.encode.mlp import MLPEncoding
from tests.properties.test_copying_blocks import FLOOR, LAYOUT, copying

__all__ = ["between", "expanding", "reading"]

NOTHING = {-1: (ZERO,)}
"""What is read of no position, which makes a name one of a head."""


def between(low: float, high: float) -> tuple[Interval]:
    return (Interval(Fraction(low), Fraction(high)),)


def reading(
    weights: MLPWeights, *head: tuple[Interval], name: str = "float32", **other: Any
) -> MLPEncoding:
    """Reads a block after a head that has one of some intervals, and a variable of 0 and 1."""
    known = {"h": dict(enumerate(head)) | NOTHING, "v": {0: (ZERO,), 1: (ONE,)}}
    if "start" in other:
        other["start"] = known | {"h": dict(enumerate(other["start"])) | NOTHING}
    floors = {"h": FLOOR, "v": None}
    return MLPEncoding(weights, Coordinates(LAYOUT, known, floors, **other), FORMATS[name])


def expanding(bias: float, *weights: float) -> MLPWeights:
    """A block whose first unit is a clipped sum of both coordinates."""
    block = copying()
    into, constants = np.zeros_like(block.expand_in), np.zeros_like(block.expand_in_bias)
    into[: len(weights), 0], constants[0] = weights, bias
    return replace(block, expand_in=into, expand_in_bias=constants)
