r"""Lemma: a coordinate is taken away exactly, whatever it is.

Let $s$ be a power of two, and $x/s$ be 0 or not below the normal numbers. Then $x/s$ and $s\,(x/s)
= x$ are exact; $\operatorname{clip}(x/s) = x/s$ if $0 \le x \le s$; and if $-s \le x \le s$, then
$\operatorname{clip}(x/s)$ and $\operatorname{clip}(-x/s)$ are the two parts of $x/s$, of which one
is 0. So $x - s \operatorname{clip}(x/s)$, or $x - s \operatorname{clip}(x/s) + s
\operatorname{clip}(-x/s)$ in any order, is $x - x = 0$ in every format.

It is not if $s$ is no power of two, if $x/s$ is subnormal, if $x$ is outside, or if something else
is in the sum, even if that cancels.
"""

from __future__ import annotations

from fractions import Fraction

import sympy
import z3

from proofs.lemmas.checking import fails, holds, identical, require
from proofs.lemmas.floats import Float, power, sums

__all__ = ["clip", "derive", "instances"]


def clip(number: Fraction) -> Fraction:
    """Returns min(1, max(0, x))."""
    return min(Fraction(1), max(Fraction(0), number))


def derive() -> None:
    """Derives that the parts add up, and that the scale changes nothing but the exponent."""
    x, s = sympy.Symbol("x", positive=True), sympy.Symbol("s", positive=True)
    # With t = |x|/s in [0, 1], clip(t) = min(1, max(0, t)) is t, and clip(-t) is 0.
    t = sympy.Symbol("t", nonnegative=True)
    identical(sympy.Max(0, t), t, "the lower end of clip")
    identical(sympy.Max(0, -t), 0, "clip of the other sign")
    clipped = sympy.Min(1, sympy.Max(0, t)).rewrite(sympy.Piecewise)
    identical(clipped, sympy.Piecewise((t, t <= 1), (1, True)), "the upper end of clip")
    # So s clip(x/s) - s clip(-x/s) is s t or -s t, which is x.
    for side in (1, -1):
        identical(side * x - side * s * (x / s), 0, "the parts add up to x")
    # m 2^e divided by 2^k is m 2^(e-k): the same significand.
    m, e, k = sympy.symbols("m e k", integer=True)
    identical(m * 2**e / 2**k, m * 2 ** (e - k), "the significand stays")
    # Of the two parts one is 0, so that in any order the only sum is x - x, which is 0.


def instances() -> int:
    """Checks all float32 numbers by z3, and a small format by trying everything."""
    count = 0
    sort, mode = z3.Float32(), z3.RNE()
    x = z3.FP("x", sort)
    finite = z3.Not(z3.Or(z3.fpIsInf(x), z3.fpIsNaN(x)))
    holds(z3.fpIsZero(z3.fpSub(mode, x, x)), given=[finite], what="x - x in float32")
    for exponent in (1, 3):
        scaled = z3.fpMul(mode, x, z3.FPVal(2.0**-exponent, sort))
        back = z3.fpMul(mode, scaled, z3.FPVal(2.0**exponent, sort))
        large = z3.fpGEQ(z3.fpAbs(x), z3.FPVal(2.0 ** (exponent - 126), sort))
        what = f"x divided by 2^{exponent} in float32"
        holds(z3.fpEQ(back, x), given=[finite, large], what=what)
        fails(z3.fpEQ(back, x), given=[finite], what=f"{what}, however small")
        count += 2
    for flush in (False, True):
        count += _taken_away(Float(4, -6, flush=flush))
    return count + 1


def _taken_away(format_: Float) -> int:
    """Tries all numbers of a small format up to the scale 2, of both signs, in every order."""
    scale, count, numbers = Fraction(2), 0, set()
    for step in range(-(2**10), 2**10 + 1):
        number = Fraction(step, 2**9)
        if format_.holds(number) and (not number or abs(number) >= scale * format_.tiny):
            numbers.add(number)
    for number in sorted(numbers):
        up, down = (clip(format_.nearest(side * number / scale)) for side in (1, -1))
        terms = [number, -format_.nearest(scale * up), format_.nearest(scale * down)]
        require(set(sums(terms, format_.nearest)) == {Fraction(0)}, f"{number} in {format_}")
        count += 1
    third = format_.nearest(Fraction(1, 3))
    beside = set(sums([third, -third, Fraction(1), Fraction(-1)], format_.nearest))
    require(beside != {Fraction(0)}, "with 1 - 1 beside it, what is left of 1/3 - 1/3 is 0")
    outside = 2 * scale
    require(outside - scale * clip(outside / scale) != 0, "outside of the scale")
    by_three = [
        number for number in numbers if format_.nearest(3 * format_.nearest(number / 3)) != number
    ]
    require(bool(by_three), "a third, three times, is what it was")
    small = power(format_.smallest) * Fraction(9, 8)
    halved = format_.nearest(small / 2)
    require(format_.nearest(halved * 2) != small, "half of a small number, twice")
    return count + 4
