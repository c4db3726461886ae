"""What is said of units of the MLP: what is copied, clipped, drifts and is rounded."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alta.nn.weights import MLPWeights
from alta_verify.arithmetic.formats import FORMATS, Span, storing_slack, sum_slack, total
from alta_verify.arithmetic.interval import ONE, ZERO, Interval, point
from alta_verify.encode.linear import Linear, Part, evaluate
from alta_verify.encode.mlp import MLPEncoding, _piecewise_scaled
from tests.properties.test_copying_blocks import FLOOR, LAYOUT, UNITS, copying

FORMAT = FORMATS["float32"]

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
    return MLPEncoding(weights, LAYOUT, known, FORMATS[name], floors=floors, **other)


def expanding(bias: float, *weights: float) -> MLPWeights:
    """A block whose first unit is a clipped sum of both coordinates."""
    block = copying()
    into, constants = np.zeros_like(block.expand_in), np.zeros_like(block.expand_in_bias)
    into[: len(weights), 0], constants[0] = weights, bias
    return replace(block, expand_in=into, expand_in_bias=constants)


# --- clipping -------------------------------------------------------------------------------------


def test_a_unit_that_cannot_be_more_than_0_is_nothing_and_one_that_is_at_least_1_is_1():
    for bias, weight in ((-1, 1), (-2, 1.5)):
        assert reading(expanding(bias, weight, 0), between(0.25, 1)).hidden(0).is_zero
    one = reading(expanding(1, 1), between(0, 1)).hidden(0)
    assert (one.constant, one.tables, one.copies, one.units) == (ONE, {}, {}, ())
    some = reading(expanding(-1, 1), between(0, 1.25)).hidden(0)
    assert not some.is_zero


def test_what_is_clipped_is_stored_as_a_number_up_to_1():
    # Numbers of 8 bits hold 128ths up to 2, though not up to 4.
    encoding = reading(expanding(2.0**-7, 2, 2), *[between(n, n) for n in (0, 1)], name="bfloat16")
    ((weight, unit),) = encoding.hidden(0).units
    assert weight == 1
    assert unit.argument.constant == point(Fraction(1, 2**7))


@pytest.mark.parametrize("weight", [0.25, 3.0])
def test_what_is_clipped_is_rounded_to_be_stored(weight):
    encoding = reading(expanding(0, weight, weight), between(0.1, 0.7), name="bfloat16")
    ((_, unit),) = encoding.hidden(0).units
    terms = [(Fraction(weight), encoding.coordinate(column)) for column in (0, 1)]
    unclipped = encoding._sum(terms, Fraction(0))
    span = encoding.span(unclipped)
    size = Span(span.quantum, min(span.magnitude, Fraction(1)))
    slack = storing_slack(size, FORMATS["bfloat16"])
    assert slack > 0
    assert unit.argument.constant == unclipped.constant.widened(slack)


# --- copies ---------------------------------------------------------------------------------------

weights = st.sampled_from([Fraction(n, 4) for n in (-6, -4, -1, 1, 4, 6)] + [Fraction(1, 3)])
noises = st.sampled_from([Interval(-r, r) for r in (Fraction(1, 2), Fraction(1, 2**20))])


@given(
    terms=st.lists(st.tuples(weights, weights, noises), min_size=2, max_size=3),
    storing=st.booleans(),
)
@example(terms=[(Fraction(1), Fraction(1), Interval(Fraction(-1, 8), ZERO.hi))] * 2, storing=True)
def test_what_is_added_to_copies_is_rounded_together_with_them(terms, storing):
    size = Fraction(1, 16)
    encoding = reading(copying(), between(-1 / 16, 1 / 32))
    copied = encoding._copied(
        [
            (weight, Linear(noise, copies={(0, Part.WHOLE): factor}))
            for weight, factor, noise in terms
        ],
        storing=storing,
    )
    spans = [Span(None, abs(w) * (abs(f) * size + noise.magnitude)) for w, f, noise in terms]
    slack = sum_slack(spans, FORMAT) + (storing_slack(total(spans), FORMAT) if storing else 0)
    exact = sum((noise.scaled(weight) for weight, _, noise in terms), ZERO)
    assert copied is not None
    assert copied.constant == exact.widened(slack)
    multiple = sum(weight * factor for weight, factor, _ in terms)
    assert copied.copies == ({(0, Part.WHOLE): multiple} if multiple else {})


def test_multiples_that_are_rounded_are_copied_only_where_that_says_more_than_a_table():
    encoding = reading(copying(), between(-1, 0.5))
    third = Fraction(1, 3)

    def copied(column: int, factor: Fraction, *, storing: bool) -> Linear | None:
        one = Linear(copies={(column, Part.WHOLE): Fraction(1)})
        return encoding._copied([(factor, one)], storing=storing)

    for storing in (False, True):
        # Of a variable the numbers are known.
        assert copied(1, third, storing=storing) is None
        assert copied(0, third, storing=storing).copies == {(0, Part.WHOLE): third}
    # More than 1 is going to be cut off, unless it is stored before.
    assert copied(0, 4 * third, storing=False) is None
    assert copied(0, 4 * third, storing=True).copies == {(0, Part.WHOLE): 4 * third}


def test_noise_on_a_copy_that_is_clipped_is_rounded_together_with_it():
    encoding = reading(copying(), between(0, 0.5), name="bfloat16")
    noise = Interval(Fraction(-1, 4), Fraction(1, 8))
    clipped = encoding._clipped_copy(Linear(noise, copies={(0, Part.WHOLE): Fraction(1)}))
    slack = storing_slack(Span(None, Fraction(3, 4)), FORMATS["bfloat16"])
    assert slack > storing_slack(Span(None, Fraction(1, 4)), FORMATS["bfloat16"])
    assert clipped.constant == noise.widened(slack)
    assert clipped.copies == {(0, Part.WHOLE): 1}


def test_different_parts_of_a_coordinate_are_rounded_where_they_are_added():
    encoding = reading(copying(), between(-1 / 16, 1 / 32))

    def copied(*copies: tuple[Part, int]) -> Linear:
        terms = [(Fraction(1), Linear(copies={(0, part): Fraction(n)})) for part, n in copies]
        return encoding._copied(terms, storing=False)

    # Twice a negative number, less its size, is three times it.
    assert copied((Part.WHOLE, 2), (Part.NEGATIVE, -1)).constant.magnitude > 0
    assert copied((Part.WHOLE, 2), (Part.WHOLE, -1)).constant == ZERO


def test_what_nothing_writes_to_is_not_touched():
    block = reading(copying(-0.5), between(0, 1))
    assert block.output(0).touched
    assert not block.output(1).touched


# --- what is taken away ---------------------------------------------------------------------------


def with_constant(block: MLPWeights, written: float) -> MLPWeights:
    """A block with a neuron that always fires."""
    fires, writes = block.lookup_in_bias.copy(), block.lookup_out.copy()
    fires[UNITS - 1], writes[UNITS - 1, 0] = 1, written
    return replace(block, lookup_in_bias=fires, lookup_out=writes)


def test_a_coordinate_is_taken_away_beside_other_neurons():
    output = reading(with_constant(copying(-1), 0.5), between(0, 1)).output(0)
    assert output.taken_away
    assert [one.constant for one in output.parts] == [point(Fraction(1, 2))]
    assert not reading(with_constant(copying(-0.5), 0.5), between(0, 1)).output(0).taken_away


def test_what_is_left_beside_a_coordinate_that_is_taken_away_is_rounded_with_it():
    known = reading(copying(-1, bias=0.5), between(0.25, 0.25), between(1, 1)).output(0)
    assert known.rest.constant == point(Fraction(1, 2))
    # Any number may be there, which has more digits than a sum with 1/2 has room for.
    unknown = reading(copying(-1, bias=0.5), between(0.25, 1)).output(0)
    assert unknown.taken_away
    assert unknown.rest.constant.lo < Fraction(1, 2) < unknown.rest.constant.hi


@pytest.mark.parametrize(
    ("ends", "up", "down", "bent"),
    [
        ((-1, 2), 1, 1, (-1, 2)),
        ((-1, 2), -3, 0, (-6, 0)),
        ((-1, 2), 0, -3, (0, 3)),
        ((1, 2), -3, 5, (-6, -3)),
        ((-2, -1), 5, -3, (3, 6)),
        ((0, 0), 5, -3, (0, 0)),
        ((-2, 1), 2, -1, (0, 2)),
    ],
)
def test_parts_of_an_interval_are_multiplied_each_by_its_own(ends, up, down, bent):
    assert _piecewise_scaled(
        Interval(*map(Fraction, ends)), Fraction(up), Fraction(down)
    ) == Interval(*bent)


def test_what_is_left_of_a_coordinate_is_rounded_to_be_stored():
    known = between(0.5, 1)
    left = {name: reading(copying(-0.5), known, name=name).output(0) for name in FORMATS}
    for name, format_ in FORMATS.items():
        slack = storing_slack(Span(None, Fraction(1, 2)), format_)
        assert left[name].rest.constant.hi >= slack


LAYERS, DRIFT = 4, Fraction(1, 32)

DRIFTS = [Interval(*ends) for ends in ((-DRIFT, DRIFT), (ZERO.lo, DRIFT), (-DRIFT, ZERO.lo))]

FACTORS = [(1,), (-0.5,), (0, 1), (1, -1), (-0.5, 0.5), (-1.5, 1.5), (2, -2), (-3, 0.5)]
"""What is added of a coordinate where it is positive, and of its negative where it is not."""


@pytest.mark.parametrize("drift", DRIFTS, ids=str)
@pytest.mark.parametrize("factors", FACTORS, ids=str)
def test_what_has_drifted_may_be_kept_turned_and_multiplied(factors, drift):
    up, down = (Fraction(one) for one in (1 + factors[0], 1 - [*factors, 0][1]))
    (start,), before = between(-0.25, 0.5), drift.scaled(Fraction(LAYERS - 1))
    output = reading(
        copying(*factors),
        (start + before,),
        start=[(start,)],
        drift={"h": [drift]},
        layers=LAYERS,
    ).output(0)
    have = evaluate(output.rest, {"h": 0, "v": 0})
    lows, highs = [], []
    for x in (start.lo, Fraction(0), start.hi):
        for drifted in {before.lo, Fraction(0), before.hi}:
            after = (x + drifted) * (up if x + drifted > 0 else down)
            # The step is shown to lie in an interval to which all drift is added again.
            lows += [after] if not drifted else [after - before.lo]
            highs += [after] if not drifted else [after - before.hi]
    assert have.lo <= min(lows)
    assert max(highs) <= have.hi
    if up == down:
        assert have.within(Interval(min(lows), max(highs)).widened(FLOOR))
