"""Probing: the few values of exp and division that the proof relies on, asked of the device."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, final

import jax
import jax.numpy as jnp
import numpy as np

from alta.nn.model import Model

__all__ = ["Probe", "probe_softmax"]

_COPIES: Final = 67


@final
@dataclass(frozen=True)
class Probe:
    """Is what the device answered.

    Attributes:
        passed: whether exp(0) is 1, 1/1 is 1, 0/1 is 0 and exp of every gap is 0, exactly.
        description: device, versions and what was asked.
    """

    passed: bool
    description: str


def probe_softmax(model: Model, gaps: Iterable[Fraction]) -> Probe:
    """Evaluates, compiled on the default device, what a one-hot softmax needs."""
    accumulate = model.architecture.accumulate
    exponents = sorted({-float(gap) for gap in gaps} | {0.0})
    with model.precision():
        # Long enough for vector instructions and for what is left over by them.
        arguments = jnp.asarray(np.repeat(exponents, _COPIES), dtype=accumulate)
        powers = np.asarray(jax.jit(jnp.exp)(arguments), dtype=np.float64)
        dividends = np.repeat([0.0, 1.0], _COPIES)
        ones = jnp.ones(len(dividends), dtype=accumulate)
        quotients = np.asarray(
            jax.jit(jnp.divide)(jnp.asarray(dividends, dtype=accumulate), ones), dtype=np.float64
        )
    wanted = np.repeat([1.0 if exponent == 0 else 0.0 for exponent in exponents], _COPIES)
    passed = bool((powers == wanted).all() and (quotients == dividends).all())
    device = jax.devices()[0]
    asked = ", ".join(f"exp({exponent:g})" for exponent in exponents)
    return Probe(
        passed,
        f"{asked}, 0/1 and 1/1 in {accumulate} on {device.platform} "
        f"({device.device_kind}), jax {jax.__version__}",
    )
