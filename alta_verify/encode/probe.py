"""Probing: the few values of exp and division that the proof relies on, asked of the device."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, Final, final

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from alta.limit import checkpoint
from alta.nn.model import Model
from alta_verify.arithmetic.formats import Format

__all__ = ["Probe", "probe_softmax"]

_COPIES: Final = 67

_SHOWN: Final = 8
# Of real exponentials; many more than any format has.
_DIGITS: Final = 60


@final
@dataclass(frozen=True)
class Probe:
    """What the device answered.

    Attributes:
        passed: whether exp(0) is 1, 1/1 is 1 and 0/k is 0, exactly, 1/k is within one unit in the
            last place, and exp of every distance is what `Format` says: 0, or near the real one.
        description: device, versions and what was asked.
    """

    passed: bool
    description: str


def probe_softmax(
    model: Model, distances: Iterable[Fraction], format_: Format, *, equal: int = 1
) -> Probe:
    """Evaluates, compiled on the default device, what softmax needs."""
    accumulate = model.architecture.accumulate
    exponents = sorted({-float(distance) for distance in distances} | {0.0})
    with model.precision():
        # Distances as the format of sums has them; so many copies that the device computes some of
        # them by vector instructions and some by what is left over by these.
        rounded = np.repeat(exponents, _COPIES).astype(accumulate)
        powers = _computed(jnp.exp, rounded)
        dividends = np.repeat([0.0, 1.0], _COPIES * equal)
        divisors = np.tile(np.repeat(np.arange(1.0, equal + 1), _COPIES), 2)
        quotients = _computed(
            jnp.divide, *(part.astype(accumulate) for part in (dividends, divisors))
        )
    # Copies of one argument may get different answers, all of which have to pass.
    asked = set(zip(rounded.tolist(), powers.tolist(), strict=True))
    divided = zip(dividends.tolist(), divisors.tolist(), quotients.tolist(), strict=True)
    bits = {"float32": 23, "float64": 52}[accumulate]
    passed = all(_raised(*power, format_=format_) for power in asked) and all(
        _divided(*quotient, bits=bits) for quotient in divided
    )
    device = jax.devices()[0]
    shown = ", ".join(f"exp({exponent:g})" for exponent in exponents[:_SHOWN])
    omitted = len(exponents) - _SHOWN
    shown += f" and {omitted} more" if omitted > 0 else ""
    quotients_asked = "0/1 and 1/1" if equal == 1 else f"0/k and 1/k for k ≤ {equal}"
    return Probe(
        passed,
        f"{shown}, {quotients_asked} in {accumulate} on {device.platform} "
        f"({device.device_kind}), jax {jax.__version__}",
    )


def _computed(function: Callable[..., Any], *arguments: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Returns what a function, compiled, gives on the device; float64 holds it exactly."""
    computed: npt.NDArray[Any] = jax.device_get(jax.jit(function)(*jax.device_put(arguments)))
    return computed.astype(np.float64)


def _raised(exponent: float, power: float, *, format_: Format) -> bool:
    """Says whether exp of a number that is not positive is as it should be."""
    checkpoint()
    if exponent == 0:
        return power == 1
    if -exponent >= format_.exp_zero:
        return power == 0
    with localcontext() as context:
        context.prec = _DIGITS
        real = Fraction(Decimal(exponent).exp())
    near = real * format_.exp_error
    if -exponent <= format_.exp_normal:
        return abs(Fraction(power) - real) <= near
    # It may underflow, and then be taken for 0 or not.
    return 0 <= Fraction(power) <= real + near + format_.tiny


def _divided(dividend: float, divisor: float, quotient: float, *, bits: int) -> bool:
    """Says whether a quotient of 0 or of 1 by 1 is exact, and any other off by one last place."""
    real = Fraction(dividend) / Fraction(divisor)
    off = abs(Fraction(quotient) - real)
    return not off or (divisor > 1 and off <= real / 2**bits)
