r"""Lemma: from where on a computed power is exactly 0.

In a format whose smallest subnormal number is $2^t$, numbers of at most $2^{t-1}$ round to 0, and
$e^{-x} < 2^{t-1}$ if and only if $x > (1 - t) \ln 2$: from 104 on in float32, where $t = -149$,
and from 746 on in float64, where $t = -1074$. Where subnormal numbers are flushed it is 0 earlier,
never later.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import sympy
import z3

from proofs.lemmas.checking import fails, holds, identical, require
from proofs.lemmas.floats import Float, power
from proofs.lemmas.natural_logarithm import power_is_at_most, power_is_more

__all__ = ["SUBNORMAL", "derive", "instances", "margin", "threshold"]

SUBNORMAL: Final = {"float32": -149, "float64": -1074}
"""The exponent of the smallest subnormal number of the formats in which softmax is taken."""

_FORMATS: Final = {"float32": Float(24, -126), "float64": Float(53, -1022)}


def threshold(format_: str) -> int:
    """Returns the least integer x such that e^-x rounds to 0."""
    half = 1 - SUBNORMAL[format_]
    x = 0
    while not power_is_at_most(Fraction(x), half):
        x += 1
    return x


def margin(format_: str, x: int) -> int:
    """Returns a number of bits by which e^-x is less than what still rounds to 0."""
    bits = 1 - SUBNORMAL[format_]
    while power_is_at_most(Fraction(x), bits + 1):
        bits += 1
    return bits - (1 - SUBNORMAL[format_])


def derive() -> None:
    """Derives the threshold: the logarithm is monotonic, and of 2^-h it is -h ln 2."""
    x, h = sympy.symbols("x h", positive=True)
    identical(sympy.expand_log(sympy.log(2 ** (-h))), -h * sympy.log(2), "the logarithm of 2^-h")
    identical(sympy.log(sympy.exp(-x)), -x, "the logarithm of e^-x")
    require(sympy.diff(sympy.log(x), x).is_positive, "the logarithm is monotonic")
    # The least number that does not round to 0 is the middle between 0 and 2^t; ties are even.
    t = sympy.Symbol("t", integer=True)
    identical((0 + 2**t) / sympy.Integer(2), 2 ** (t - 1), "the middle between 0 and 2^t")


def instances() -> int:
    """Checks both formats on both sides of the edge, by z3's own rounding as well."""
    count = 0
    sorts = {"float32": z3.Float32(), "float64": z3.Float64()}
    for name, t in SUBNORMAL.items():
        edge = threshold(name)
        require(power_is_at_most(Fraction(edge), 1 - t), f"{edge} is enough in {name}")
        require(power_is_more(Fraction(edge - 1), 1 - t), f"{edge - 1} is too little in {name}")
        middle = power(t - 1)
        above = middle * (1 + power(-60))
        require(not _FORMATS[name].nearest(middle), f"{name}: the middle rounds to 0")
        require(bool(_FORMATS[name].nearest(above)), f"{name}: what is above it does not")
        zero = z3.FPVal(0, sorts[name])
        for number in (middle, middle * (1 - power(-60)), power(t - 40)):
            rounded = _rounded(number, sorts[name])
            holds(z3.fpEQ(rounded, zero), what=f"{name}: {float(number):g} rounds to 0")
            count += 1
        fails(z3.fpEQ(_rounded(above, sorts[name]), zero), what=f"{name}: just above the middle")
        count += 5
    return count


def _rounded(number: Fraction, sort: object) -> object:
    return z3.fpToFP(z3.RNE(), z3.RealVal(str(number)), sort)
