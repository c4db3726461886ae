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
        passed: whether exp(0) is 1, 1/1 is 1, 0/k is 0 and exp of every gap is 0, exactly, and 1/k
            within one unit in the last place.
        description: device, versions and what was asked.
    """

    passed: bool
    description: str


def probe_softmax(model: Model, gaps: Iterable[Fraction], *, most: int = 1) -> Probe:
    """Evaluates, compiled on the default device, what softmax needs.

    Args:
        model: the model.
        gaps: how far scores are apart.
        most: as many positions may have equal weights.
    """
    accumulate = model.architecture.accumulate
    exponents = sorted({-float(gap) for gap in gaps} | {0.0})
    with model.precision():
        # Long enough for vector instructions and for what is left over by them.
        arguments = jnp.asarray(np.repeat(exponents, _COPIES), dtype=accumulate)
        powers = np.asarray(jax.jit(jnp.exp)(arguments), dtype=np.float64)
        dividends = np.repeat([0.0, 1.0], _COPIES * most)
        divisors = np.tile(np.repeat(np.arange(1.0, most + 1), _COPIES), 2)
        quotients = np.asarray(
            jax.jit(jnp.divide)(
                jnp.asarray(dividends, dtype=accumulate), jnp.asarray(divisors, dtype=accumulate)
            ),
            dtype=np.float64,
        )
    wanted = np.repeat([1.0 if exponent == 0 else 0.0 for exponent in exponents], _COPIES)
    bits = {"float32": 23, "float64": 52}[accumulate]
    passed = bool((powers == wanted).all()) and all(
        _divided(*one, bits=bits)
        for one in zip(dividends.tolist(), divisors.tolist(), quotients.tolist(), strict=True)
    )
    device = jax.devices()[0]
    asked = ", ".join(f"exp({exponent:g})" for exponent in exponents)
    divided = "0/1 and 1/1" if most == 1 else f"0/k and 1/k for k ≤ {most}"
    return Probe(
        passed,
        f"{asked}, {divided} in {accumulate} on {device.platform} "
        f"({device.device_kind}), jax {jax.__version__}",
    )


def _divided(dividend: float, divisor: float, quotient: float, *, bits: int) -> bool:
    """Says whether a quotient of 0 or of 1 by 1 is exact, and any other off by one last place."""
    real = Fraction(dividend) / Fraction(divisor)
    off = abs(Fraction(quotient) - real)
    return not off or (divisor > 1 and off <= real / 2**bits)
