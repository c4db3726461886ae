"""Blocks that copy coordinates, to take them away: what prover and checker say holds of JAX."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from alta.nn.layout import Layout
from alta.nn.weights import MLPWeights
from alta_verify.arithmetic.formats import FORMATS, FormatOverflowError
from alta_verify.arithmetic.interval import ZERO, Interval, point
from alta_verify.check import numbers as checked
from alta_verify.check.mlp import MLP
from alta_verify.check.refused import Refused
from alta_verify.check.sums import Copy, Sum
from alta_verify.check.weights import Matrix
from alta_verify.encode.coordinates import Coordinates
from alta_verify.encode.linear import Linear, evaluate
from alta_verify.encode.mlp import MLPEncoding
from tests.alta_verify.check.test_two_readings import value_of
from tests.properties import exact_forward
from tests.properties.test_exact_forward import run_mlp

DTYPE = "float32"

LAYOUT = Layout(2, {"h": (0,), "v": (1,)})

UNITS = 4
"""Of every hidden layer."""

SEEDS, BLOCKS = 6, 60

POINTS = 6


INWARD = (1, -1, 1, -1, 2, -0.5, 3, 0.75)
THROUGH = (1, 1, 1, 2, 0.5, -1, 1 / 3)
OUTWARD = (-1, 1, -1, 1, -2, 0.5, 0.75, 1e30)
BIASES = (0, 0, 0, 0.5, 1, -1, 2.0**-20)


def block(rng: random.Random) -> MLPWeights:
    """A block of which most units read one coordinate, and write it back."""
    shapes = {
        "expand_in": (2, UNITS),
        "expand_out": (UNITS, UNITS),
        "lookup_in": (UNITS, UNITS),
        "lookup_out": (UNITS, 2),
    }
    arrays: dict[str, np.ndarray] = {name: np.zeros(shape) for name, shape in shapes.items()}
    arrays |= {f"{name}_bias": np.zeros(shape[1]) for name, shape in shapes.items()}
    if rng.random() < 0.5:
        # x - x, in several ways, some of which are not.
        for unit, share in enumerate(rng.choice([(1, 1), (1, 1), (0.5,) * 4, (0.75, 0.5) * 2])):
            sign, scale, step = (-1) ** unit, rng.choice([1, 1, 0.5, 2]), rng.choice([1, 1, 4])
            arrays["expand_in"][0, unit] = sign * scale
            arrays["expand_out"][unit, unit] = step
            arrays["lookup_in"][unit, unit] = 1 / step
            arrays["lookup_out"][unit, 0] = -sign * share / scale
    else:
        for unit in range(rng.randint(1, UNITS)):
            arrays["expand_in"][rng.choice([0, 0, 0, 1]), unit] = rng.choice(INWARD)
            arrays["expand_out"][unit, unit] = rng.choice(THROUGH)
            arrays["lookup_in"][unit, unit] = rng.choice(THROUGH)
            arrays["lookup_out"][unit, 0] = rng.choice(OUTWARD)
    for _ in range(rng.choice([0, 0, 1, 2])):
        array = arrays[rng.choice(sorted(arrays))].reshape(-1)
        array[rng.randrange(array.size)] = rng.choice([*INWARD, *BIASES])
    arrays["lookup_out"][:, 1] = 0
    arrays["lookup_out_bias"][1] = 0
    return MLPWeights(**{name: array.astype(DTYPE) for name, array in arrays.items()})


def reach(rng: random.Random, most: int) -> tuple[Interval]:
    low, high = sorted(rng.randint(-most, most) for _ in range(2))
    return (Interval(Fraction(low, 4), Fraction(high, 4)),)


def known_codes(rng: random.Random) -> dict[str, dict[int, tuple[Interval]]]:
    """What a head adds, and a variable with one coordinate."""
    most = rng.choice([2, 4, 4, 6])
    return {
        "h": {value: reach(rng, most) for value in (0, 1)},
        "v": {0: (ZERO,), 1: (point(1),)},
    }


FLOOR = Fraction(1, 2**10)


def points(one: Interval, rng: np.random.Generator) -> list[float]:
    """Numbers of an interval that are 0 or not too small; some are odd."""
    low, high = float(one.lo), float(one.hi)
    drawn = [low, high, *rng.uniform(low, high, POINTS - 2)]
    rounded = [float(np.float32(number)) for number in drawn]
    near = [min(max(number, low), high) for number in rounded]
    return [
        number if abs(number) >= FLOOR else (0.0 if low <= 0 <= high else high) for number in near
    ]


def matrix(array: Any) -> Matrix:
    own = np.atleast_2d(array)
    entries = {
        (int(i), int(j)): Fraction(float(own[i, j])) for i, j in zip(*np.nonzero(own), strict=True)
    }
    return Matrix(own.shape, entries)


def checker(weights: MLPWeights, known: Any, floors: Any) -> MLP:
    """The same for the checker."""
    own = SimpleNamespace(**{name: matrix(array) for name, array in vars(weights).items()})
    model = SimpleNamespace(mlp=own, columns=LAYOUT.columns)
    theirs = {
        name: {
            value: [checked.Interval(one.lo, one.hi) for one in row] for value, row in own.items()
        }
        for name, own in known.items()
    }
    return MLP(model, theirs, floors, checked.FORMATS[DTYPE])


def after(linear: Linear, local: dict[str, int], x: list[Fraction]) -> Interval:
    """A sum in a state; of copies, at these coordinates."""
    copies = sum(
        (part.of(point(x[c])).scaled(factor) for (c, part), factor in linear.copies.items()), ZERO
    )
    return evaluate(Linear(linear.constant, linear.tables, {}, linear.units), local) + copies


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_said_of_blocks_that_copy_holds_of_jax(seed):
    rng = random.Random(seed)
    outcomes = Counter(
        check(block(rng), known_codes(rng), rng.random() < 0.7, rng.getrandbits(16))
        for _ in range(BLOCKS)
    )
    assert outcomes["exactly"]
    assert outcomes["not"]


def check(weights: MLPWeights, known: Any, floored: bool, seed: int) -> str:
    """Checks what is said of a block, and returns whether the coordinate is taken away."""
    rng = np.random.default_rng(seed)
    floors = {"h": FLOOR if floored else None, "v": None}
    mine = MLPEncoding(weights, Coordinates(LAYOUT, known, floors), FORMATS[DTYPE])
    theirs = checker(weights, known, floors)
    try:
        output = mine.output(0)
        units = [
            [get(i) for i in range(UNITS)] for get in (mine.hidden, mine.expanded, mine.neuron)
        ]
    except FormatOverflowError:
        return "too large"
    try:
        reset, added = theirs.is_reset(0), theirs.after(0)
    except Refused:
        reset, added = False, None
    for state in ({"h": value, "v": one} for value in (0, 1) for one in (0, 1)):
        numbers = points(known["h"][state["h"]][0], rng)
        rows = np.array([[number, state["v"]] for number in numbers], dtype=DTYPE)
        computed = run_mlp(weights, rows)
        for row, have in zip(rows, computed, strict=True):
            x = [Fraction(float(number)) for number in row]
            wanted = exact_forward.mlp(weights, x)
            box = evaluate(output.remainder, state) + point(output.kept * x[0])
            for number in (wanted.after[0], Fraction(float(have[0]))):
                assert point(number).within(box)
                assert added is None or checked.point(number).within(value_of(added, state))
            if output.taken_away and all(evaluate(one, state) == ZERO for one in output.parts):
                assert have[0] == 0
            assert not reset or have[0] == 0
            for layer, values in zip(
                units, (wanted.hidden, wanted.expanded, wanted.fired), strict=True
            ):
                for one, value in zip(layer, values, strict=True):
                    assert point(value).within(after(one, state, x))
    return "exactly" if output.taken_away else "not"


def copying(*factors: float, bias: float = 0.0) -> MLPWeights:
    """Adds multiples of max(0, x) and max(0, -x) to x, in turn."""
    arrays = {
        "expand_in": np.zeros((2, UNITS)),
        "expand_in_bias": np.zeros(UNITS),
        "expand_out": np.eye(UNITS),
        "expand_out_bias": np.zeros(UNITS),
        "lookup_in": np.eye(UNITS),
        "lookup_in_bias": np.zeros(UNITS),
        "lookup_out": np.zeros((UNITS, 2)),
        "lookup_out_bias": np.array([bias, 0]),
    }
    for unit, factor in enumerate(factors):
        arrays["expand_in"][0, unit] = (-1) ** unit
        arrays["lookup_out"][unit, 0] = factor
    return MLPWeights(**{name: array.astype(DTYPE) for name, array in arrays.items()})


def read_in(weights: MLPWeights, low: float, high: float, floor: Fraction | None = FLOOR):
    """Both readings, where a head output is in an interval."""
    known = {"h": {0: (Interval(Fraction(low), Fraction(high)),)}, "v": {0: (ZERO,)}}
    floors = {"h": floor, "v": None}
    mine = MLPEncoding(weights, Coordinates(LAYOUT, known, floors), FORMATS[DTYPE])
    return mine.output(0), checker(weights, known, floors).is_reset(0)


def test_what_is_taken_away_exactly_is_known_to_be() -> None:
    for low, high, factors in (
        (0, 1, (-1,)),
        (-1, 1, (-1, 1)),
        (-0.5, 0.75, (-1, 1)),
        (-1, 0, (0, 1)),
    ):
        output, reset = read_in(copying(*factors), low, high)
        assert output.taken_away
        assert output.parts == ()
        # The checker knows two ways only.
        assert reset or factors == (0, 1)


def test_what_is_not_taken_away_exactly_is_not_said_to_be() -> None:
    for low, high, factors in (
        (-1, 1, (-1,)),
        (-1, 1, (-1, -1)),
        (0, 1, (-0.5,)),
        (0, 2, (-1,)),
        (-2, 1, (-1, 1)),
        (-1, 1.5, (-1, 1)),
        (0, 1, (1,)),
    ):
        output, reset = read_in(copying(*factors), low, high)
        assert not (output.taken_away and output.parts == ())
        assert not reset


def test_a_bias_beside_a_copy_is_left_over() -> None:
    output, reset = read_in(copying(-1, bias=0.5), 0, 1)
    assert evaluate(output.remainder, {"h": 0, "v": 0}).lo >= Fraction(1, 4)
    assert not reset


def test_copies_that_may_underflow_are_not_exact() -> None:
    small = copying(-(2.0**100))
    small.lookup_in[:] = np.eye(UNITS, dtype=DTYPE) * np.float32(2.0**-100)
    for floor, exact in ((FLOOR, True), (Fraction(1, 2**30), False), (None, False)):
        output, reset = read_in(small, 0, 1, floor)
        assert output.taken_away == exact
        assert not reset or exact


@pytest.mark.parametrize("factor", [Fraction(1), Fraction(1, 2), Fraction(-1), Fraction(-1, 2)])
def test_a_clipped_copy_is_of_the_part_with_the_sign_of_its_factor(factor):
    known = {"h": {0: (Interval(Fraction(-1), Fraction(1)),)}, "v": {0: (ZERO,), 1: (point(1),)}}
    block = checker(copying(), known, {"h": FLOOR, "v": None})
    span = checked.Span(None, abs(factor))
    table = {0: checked.Interval(-abs(factor), abs(factor))}
    clipped = block._clip(Sum(tables={"h": table}, span=span, copy=Copy(0, 0, factor)))
    assert clipped.copy == Copy(0, 1 if factor > 0 else -1, abs(factor))
    assert clipped.tables == {"h": {0: checked.Interval(Fraction(0), abs(factor))}}
