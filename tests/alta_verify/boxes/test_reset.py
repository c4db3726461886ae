"""What a block with noise leaves of a head output lies in the box that is said, in every run."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from alta_verify.arithmetic.enclosures import Boxes
from alta_verify.arithmetic.formats import FORMATS
from alta_verify.boxes.reset import Reset, reset
from alta_verify.boxes.rule_cases import Matrices
from tests.alta_verify.boxes.noisy_models import MODEL, PROGRAM, layers_of, steps
from tests.cases.noise import noisy

NOISY = noisy(MODEL, 1e-4)

LAYERS, STEPS = layers_of(NOISY), steps(NOISY)


def strays(head: str, shown: Reset) -> int:
    """How many coordinates of runs are left with something else than is said."""
    count = 0
    for step in STEPS:
        for index, column in enumerate(NOISY.layout.columns[head]):
            x = Fraction(float(step.row[column]))
            # The line of the side on which x is.
            side = 0 if x < 0 else 1
            line = Fraction(float(shown.factor[side, index])) * x
            low, high = (
                Fraction(float(ends[side, index])) for ends in (shown.beside.low, shown.beside.high)
            )
            count += not low <= x + step.added[column] - line <= high
    return count


@pytest.mark.parametrize("head", PROGRAM.heads)
def test_what_is_left_in_runs_lies_in_the_box(head):
    shown = LAYERS.resets[head]
    assert strays(head, shown) == 0
    # Above 0 nothing is left but noise; below, x itself is.
    assert np.abs(shown.factor[1]).max() < 0.01
    assert (shown.beside.high - shown.beside.low).max() < 0.05
    points = Boxes(shown.beside.low, shown.beside.low)
    assert strays(head, replace(shown, beside=points)) > 0


def line(factor: float, low: float = -1.0, high: float = 2.0) -> Reset:
    """What is left of one coordinate, -x below 0 and a multiple of x above it, and 1/8 at most."""
    eighth = Boxes(np.full((2, 1), -0.125), np.full((2, 1), 0.125))
    ends = np.array([[low], [0.0]]), np.array([[0.0], [high]])
    return Reset(*ends, np.array([[-1.0], [factor]]), eighth)


@pytest.mark.parametrize(
    ("box", "left"),
    [
        ((0.5, 1.0), (0.125, 0.625)),
        ((-0.5, -0.25), (0.125, 0.625)),
        ((-0.5, 1.0), (-0.125, 0.625)),
        ((0.0, 0.0), (-0.125, 0.125)),
    ],
)
def test_of_a_box_that_is_left_which_the_lines_on_both_sides_say(box, left):
    low, high = (np.full((1, 1), end) for end in box)
    shown = line(0.5).left(Boxes(low, high), FORMATS["float32"])
    assert (shown.low[0, 0], shown.high[0, 0]) == pytest.approx(left, abs=1e-12)
    assert shown.low[0, 0] <= left[0]
    assert shown.high[0, 0] >= left[1]


def test_a_copy_is_taken_away_exactly_as_far_as_a_format_can_tell():
    # Of bfloat16 a copy, halved, is stored as itself although noise is added to it.
    matrices = Matrices.of(noisy(MODEL, 1e-7).weights.compiled_mlp)
    width = NOISY.layout.width
    low, high = np.full(width, -1e-3), np.full(width, 1.0)
    columns = NOISY.layout.columns["parity_left"]
    shown = reset(matrices, low, high, columns, FORMATS["bfloat16"])
    assert np.abs(shown.beside.high).max() < 2.0**-8
