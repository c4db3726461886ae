"""What is said of coordinates after the MLP: what is taken away, is left, and drifts."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from alta.nn.weights import MLPWeights
from alta_verify.arithmetic.formats import FORMATS, Span, storing_slack, sum_slack, total
from alta_verify.arithmetic.interval import ZERO, Interval, point
from alta_verify.encode.linear import evaluate
from alta_verify.encode.mlp import _piecewise_scaled
from tests.alta_verify.encode.reading import between, reading
from tests.properties.test_copying_blocks import FLOOR, UNITS, copying


def test_what_nothing_writes_to_is_not_touched():
    block = reading(copying(-0.5), between(0, 1))
    assert block.output(0).touched
    assert not block.output(1).touched


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
    assert known.remainder.constant == point(Fraction(1, 2))
    # Any number may be there, which has more digits than a sum with 1/2 has room for.
    unknown = reading(copying(-1, bias=0.5), between(0.25, 1)).output(0)
    assert unknown.taken_away
    assert unknown.remainder.constant.lo < Fraction(1, 2) < unknown.remainder.constant.hi


@pytest.mark.parametrize(
    ("ends", "up", "down", "scaled"),
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
def test_parts_of_an_interval_are_multiplied_each_by_its_own(ends, up, down, scaled):
    assert _piecewise_scaled(
        Interval(*map(Fraction, ends)), Fraction(up), Fraction(down)
    ) == Interval(*scaled)


def test_what_is_left_of_a_coordinate_is_rounded_to_be_stored():
    known = between(0.5, 1)
    left = {name: reading(copying(-0.5), known, name=name).output(0) for name in FORMATS}
    for name, format_ in FORMATS.items():
        slack = storing_slack(Span(None, Fraction(1, 2)), format_)
        assert left[name].remainder.constant.hi >= slack


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
    have = evaluate(output.remainder, {"h": 0, "v": 0})
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


def test_what_is_written_to_a_coordinate_that_drifts_is_rounded_with_the_drift_and_stored():
    third = np.float32(1 / 3)
    block = with_constant(replace(copying(), lookup_out=0 * copying().lookup_out), third)
    (start,), (drifted,) = between(0, 0.5), between(-0.75, 1.25)
    drift = Interval(Fraction(-1, 4), Fraction(1, 4))
    output = reading(block, (drifted,), start=[(start,)], drift={"h": [drift]}, layers=4).output(0)
    spans = [
        Span.of([start, ZERO]),
        Span.of([point(Fraction(float(third)))]),
        Span(None, Fraction(5, 4)),
    ]
    # One more term is the bias.
    spans.append(Span.of([ZERO]))
    slack = sum_slack(spans, FORMATS["float32"]) + storing_slack(total(spans), FORMATS["float32"])
    assert output.remainder.constant == point(Fraction(float(third))).widened(slack)
    still = reading(block, (start,)).output(0).remainder.constant
    assert still.magnitude < output.remainder.constant.magnitude
