r"""Lemma: how far rounding takes a mixture of $n$ values out of their hull.

Let the powers of $n$ keys be numbers that are not negative, the largest of them 1. They are summed
in any order, with a sum of at least $1 - n u$ times the real one; a weight is divided within one
unit in the last place, $2u$, and stored within $v$; and products are summed in any order. What
comes out, stored, lies between the least and the greatest value, or 0, each times

$$\Bigl(\frac{(1 + 2u)\,(1 + v)}{1 - n u} + n u\Bigr)\,(1 + \gamma_{n})\,(1 + v) .$$

The summand $n u$ is for subnormal products, where values are 0 or at least the smallest normal
number. That is at most $1 + 1/64$ for up to $2^{14}$ values in every format, and $1 + 1/2$ for up
to $2^{21}$ that are summed in float32. Where all powers are exactly 1 or 0, their sum is exact:
without that division and $n u$, it bounds the error of a mean, relative to the mean of the sizes.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Final

import sympy

from proofs.lemmas.checking import at_least, identical, require
from proofs.lemmas.error_growth import gamma
from proofs.lemmas.floats import Float, power, sums

__all__ = ["LONGEST", "MOST", "SLACK", "UNITS", "derive", "instances", "stretch", "weight_error"]

SLACK: Final = Fraction(1, 64)
MOST: Final = 2**14
LONGEST: Final = 2**21
"""As many values are stretched by a half at most, where sums are taken in float32."""

UNITS: Final = {
    "float32": (power(-24), power(-24)),
    "float64": (power(-53), power(-53)),
    "bfloat16": (power(-24), power(-8)),
    "float16": (power(-24), power(-11)),
}
"""For each format of weights, the largest relative error of sums, u, and of storing, v."""


def weight_error(u: Fraction, v: Fraction) -> Fraction:
    """Returns the largest relative error of a computed weight."""
    return (1 + 2 * u) * (1 + v) - 1


def stretch(positions: int, u: Fraction, v: Fraction) -> Fraction:
    """Returns by how much the hull grows at most."""
    weights = (1 + weight_error(u, v)) / (1 - positions * u) + positions * u
    return weights * (1 + gamma(positions, u)) * (1 + v) - 1


def derive() -> None:
    """Derives the stretch, that it grows with the positions, and how large it is."""
    k, hi = sympy.symbols("k hi", positive=True)
    n, u, v, rest = sympy.symbols("n u v rest", positive=True)
    # Values of the other sign can be taken for 0, and those of this one for the greatest: every
    # tree is monotonic in its leaves. So let all k values be `hi`; their weights sum to k times
    # one, which is 1 but for its error.
    error = (1 + 2 * u) * (1 + v) - 1
    identical(k * ((1 + error) / k) * hi, (1 + error) * hi, "equal values")
    # Each of n powers goes through n-1 sums, which leave at least (1-u)^(n-1) of it, and that is at
    # least 1 - (n-1)u (Bernoulli): so weights, as computed, sum to (1 + error)/(1 - n u) at most.
    # Of the power u that is to spare the largest, which is 1, pays for sums that underflow.
    for number in (2, 3, 7):
        at_least(
            ((1 - u) ** (number - 1)).subs(u, 1 / (1 + rest)),
            (1 - (number - 1) * u).subs(u, 1 / (1 + rest)),
            "what sums leave",
        )
    # A leaf goes through a product and at most n-1 sums.
    grown = n * u / (1 - n * u)
    spread = ((1 + error) / (1 - n * u) + n * u) * (1 + grown) * (1 + v) - 1
    small = {u: 1 / (n + 1 + rest)}
    at_least(spread.subs(n, n + 1).subs(small), spread.subs(small), "it grows with n")
    # A product of a weight of at least 1/(2k) is off by half a subnormal step at most, u times the
    # smallest normal number; there are n of them, and `hi` is at least that number.
    tiny = sympy.Symbol("tiny", positive=True)
    more = sympy.Symbol("more", nonnegative=True)
    at_least((n * u * (tiny + more)), n * u * tiny, "the largest value is normal")
    for name, (unit, storing) in UNITS.items():
        require(stretch(MOST, unit, storing) <= SLACK, f"{name} up to {MOST} positions")
        require(stretch(LONGEST, unit, storing) <= Fraction(1, 2), f"{name} up to {LONGEST}")
    # The error of a weight as `2u + v + uv` has it twice is more than it is once.
    at_least(2 * (2 * u + v + u * v), error, "twice the error without 2uv")


def instances() -> int:
    """Checks edges in n, and mixtures in a small format, by trying everything."""
    count = 0
    for name, (unit, storing) in UNITS.items():
        # Fewer bits, or many more positions, and the bound fails.
        require(stretch(2**19, unit, storing) > SLACK or name == "float64", f"{name} up to 2^19")
        require(stretch(MOST, unit, 2 * SLACK) > SLACK, f"{name} stored in six bits")
        require(stretch(2 * LONGEST, unit, storing) > Fraction(1, 2) or name == "float64", name)
        count += 3
    for sum_bits, bits in ((8, 4), (6, 4)):
        count += _mixtures(Float(sum_bits, -12), Float(bits, -12))
    return count


def _mixtures(sum_format: Float, format_: Float) -> int:
    values = [format_.nearest(Fraction(n, 16)) for n in (-21, -5, 0, 3, 16, 27)]
    count, worst = 0, Fraction(0)
    for number in (1, 2, 3):
        weight = format_.nearest(sum_format.nearest(Fraction(1, number)))
        factor = stretch(number, sum_format.unit, format_.unit)
        for chosen in product(values, repeat=number):
            leaves = [sum_format.nearest(weight * value) for value in chosen]
            least, greatest = min(*chosen, Fraction(0)), max(*chosen, Fraction(0))
            for total in sums(leaves, sum_format.nearest):
                computed = format_.nearest(total)
                inside = least * (1 + factor) <= computed <= greatest * (1 + factor)
                require(inside, f"a mixture of {chosen}")
                if greatest:
                    worst = max(worst, total / greatest - 1)
                count += 1
    require(worst > 0, "some mixture is outside its hull")
    return count
