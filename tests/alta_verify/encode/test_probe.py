"""The device is asked what the proof relies on, and an answer that is off is not taken."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import jax
import numpy as np
import pytest

import alta
from alta.nn.model import Model
from alta_verify.arithmetic.formats import FORMATS
from alta_verify.encode.probe import _divided, _raised, probe_softmax

FORMAT = FORMATS["float32"]


@cache
def model() -> Model:
    return alta.compile(alta.programs.parity_sequential_relative(), max_len=3)


def test_this_device_does_as_assumed_and_is_named():
    probe = probe_softmax(model(), [Fraction(128), Fraction(3, 2)], FORMAT, equal=3)
    assert probe.passed
    assert "exp(-128), exp(-1.5), exp(0), 0/k and 1/k for k ≤ 3 in float32" in probe.description
    assert jax.devices()[0].platform in probe.description


def test_of_many_distances_a_few_are_shown():
    probe = probe_softmax(model(), map(Fraction, range(1, 12)), FORMAT)
    assert probe.passed
    assert "and 4 more, 0/1 and 1/1" in probe.description


@pytest.mark.parametrize(
    ("exponent", "power", "right"),
    [
        (0.0, 1.0, True),
        (0.0, float(np.nextafter(np.float32(1), np.float32(0))), False),
        (-128.0, 0.0, True),
        (-128.0, 1e-45, False),
        (-1.0, float(np.exp(np.float32(-1))), True),
        (-1.0, float(np.exp(-1)) * (1 + 2.0**-19), False),
        (-1.0, 0.0, False),
        # Between the two, it may underflow.
        (-100.0, 0.0, True),
        (-100.0, float(FORMAT.tiny), True),
        (-100.0, 2 * float(FORMAT.tiny), False),
    ],
)
def test_a_power_is_as_near_to_the_real_one_as_is_assumed(exponent, power, right):
    assert _raised(exponent, power, format_=FORMAT) is right


@pytest.mark.parametrize(
    ("dividend", "divisor", "quotient", "right"),
    [
        (0, 3, 0.0, True),
        (0, 3, 1e-30, False),
        (1, 1, 1.0, True),
        (1, 1, 1 - 2.0**-24, False),
        (1, 3, float(np.float32(1) / np.float32(3)), True),
        (1, 3, float(np.nextafter(np.float32(1 / 3), np.float32(0))), True),
        (1, 3, 1 / 3 * (1 - 2.0**-22), False),
    ],
)
def test_a_quotient_is_exact_or_off_by_one_last_place(dividend, divisor, quotient, right):
    assert _divided(dividend, divisor, quotient, bits=23) is right


def test_a_device_that_is_off_is_noticed(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("alta_verify.encode.probe.jnp.exp", jax.numpy.exp2)
        assert not probe_softmax(model(), [Fraction(1)], FORMAT).passed
