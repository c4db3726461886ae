r"""Lemma: what softmax leaves to keys that are not selected.

Of $n$ scores let $k \ge 1$ be equal to $s$ and the others at most $s - g$. Then the others have
together at most the weight

$$\varepsilon \le (n - k)\, e^{-g} \le (n - 1)\, e^{-g}
  \le (n - 1)\, 2^{-\lfloor 1.4426\, g \rfloor},$$

and each of the $k$ has the weight $(1 - \varepsilon)/k$.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import sympy
import z3

from proofs.lemmas.checking import at_least, fails, holds, identical, require
from proofs.lemmas.natural_logarithm import bounds, power_is_at_most, power_is_more

__all__ = ["FACTOR", "bits", "derive", "instances", "leak"]

FACTOR: Final = Fraction(14426, 10000)
"""At most 1/ln 2, which is 1.44269504..."""


def bits(gap: Fraction) -> int:
    """Returns an m such that e^-gap ≤ 2^-m."""
    return int(gap * FACTOR)


def leak(gap: Fraction, length: int) -> Fraction:
    """Returns the bound on the weight of all keys that are not selected."""
    return (length - 1) * Fraction(1, 2) ** bits(gap)


def derive() -> None:
    """Derives the bound from the definition of softmax."""
    k, n = sympy.symbols("k n", positive=True)
    E, g, d, s = sympy.symbols("E g d s", positive=True)
    # Divided by e^s, the k equal powers are 1 and another one, d below the gap, is e^-(g+d).
    identical(sympy.exp(s - g - d) / sympy.exp(s), sympy.exp(-g) * sympy.exp(-d), "shifted scores")
    at_least(1, sympy.exp(-d).subs(d, 0), "equality at the gap")
    require(sympy.diff(sympy.exp(-d), d).is_negative, "powers fall with the distance")
    # With E their sum, they have the weight E/(k+E), and each selected key 1/(k+E).
    weight = E / (k + E)
    identical(1 / (k + E), (1 - weight) / k, "the weight of a selected key")
    # E/(k+E) ≤ E/k ≤ E for k ≥ 1; and E has n-k terms, each at most e^-g.
    at_least(E / k, weight, "the denominator is at least k")
    more = sympy.Symbol("more", nonnegative=True)
    at_least(E, (E / k).subs(k, 1 + more), "k is at least 1")
    at_least((n - 1) * sympy.exp(-g), (n - (1 + more)) * sympy.exp(-g), "k is at least 1 again")
    # e^-g ≤ 2^-m if and only if g ≥ m ln 2; and m ≤ 1.4426 g with 1.4426 ln 2 ≤ 1.
    require(bool(bounds()[1] * FACTOR < 1), "1.4426 is less than 1/ln 2")


def instances() -> int:
    """Checks scores of up to six keys by z3, and gaps in exact arithmetic."""
    count = 0
    power = z3.Real("power")  # e^-gap
    for length in range(2, 7):
        for selected in range(1, length):
            others = z3.Reals(" ".join(f"x{j}" for j in range(length - selected)))
            given = [power > 0, power < 1, *(z3.And(x > 0, x <= power) for x in others)]
            total = z3.Sum(others)
            # Multiplied by k + E, which is positive.
            what = f"{selected} of {length} keys"
            holds(total <= (length - 1) * power * (selected + total), given=given, what=what)
            if selected == 1:
                fewer = (length - 2) * power * (selected + total)
                fails(total <= fewer, given=given, what=f"{what}, one key less")
                count += 1
            count += 1
    for eighths in range(1, 4000):
        gap = Fraction(eighths, 8)
        require(power_is_at_most(gap, bits(gap)), f"e^-{gap} ≤ 2^-{bits(gap)}")
        count += 1
    # The next decimal is too much: with 1.4427 the bound fails at every gap m/1.4427.
    for m in (1, 64, 1000):
        require(power_is_more(m / Fraction(14427, 10000), m), f"1.4427 gives {m} bits too early")
        count += 1
    return count
