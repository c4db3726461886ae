r"""Lemma: ln 2 lies between sums of rationals, so powers of e and of 2 are compared exactly.

With $s_K = \sum_{k<K} \frac{2}{(2k+1)\,3^{2k+1}}$,

$$s_K < \ln 2 < s_K + \frac{9}{4\,(2K+1)\,3^{2K+1}}.$$

So $e^{-g} \le 2^{-m}$, which says $g \ge m \ln 2$, is decided in rationals.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import sympy

from proofs.lemmas.checking import at_least, identical, require

__all__ = ["bounds", "derive", "instances", "power_is_at_most", "power_is_more"]

_TERMS = 40


@cache
def bounds(terms: int = _TERMS) -> tuple[Fraction, Fraction]:
    """Returns a rational below ln 2 and one above it."""
    low = sum((Fraction(2, (2 * k + 1) * 3 ** (2 * k + 1)) for k in range(terms)), Fraction(0))
    return low, low + Fraction(9, 4 * (2 * terms + 1) * 3 ** (2 * terms + 1))


def power_is_at_most(gap: Fraction, bits: int) -> bool:
    """Says whether e^-gap ≤ 2^-bits is certain."""
    return gap >= bits * bounds()[1]


def power_is_more(gap: Fraction, bits: int) -> bool:
    """Says whether e^-gap > 2^-bits is certain."""
    return gap < bits * bounds()[0]


def derive() -> None:
    """Derives the series and bounds what is left of it after K terms."""
    x = sympy.Symbol("x", positive=True)
    k, K = sympy.symbols("k K", integer=True, nonnegative=True)
    series = sympy.log((1 + x) / (1 - x))
    # Both sides of ln((1+x)/(1-x)) = Σ 2 x^(2k+1)/(2k+1) are 0 at 0 and have the same derivative,
    # the geometric series of x².
    identical(series.subs(x, 0), 0, "at 0")
    identical(sympy.diff(series, x), 2 / (1 - x**2), "the derivative")
    term = 2 * x ** (2 * k + 1) / (2 * k + 1)
    identical(sympy.diff(term, x), 2 * (x**2) ** k, "the derivative of a term")
    identical(series.subs(x, sympy.Rational(1, 3)), sympy.log(2), "at 1/3")
    # From K on, a term is at most the one before it divided by 9, so the rest is at most the
    # first of them times 9/8.
    at_third = term.subs(x, sympy.Rational(1, 3))
    ratio = sympy.simplify(at_third.subs(k, K + 1) / at_third.subs(k, K))
    at_least(sympy.Rational(1, 9), ratio, "terms shrink by 9")
    rest = at_third.subs(k, K) * sympy.Rational(9, 8)
    identical(rest, sympy.Rational(9, 4) / ((2 * K + 1) * 3 ** (2 * K + 1)), "what is left")
    require(at_third.is_positive, "terms are positive")


def instances() -> int:
    """Checks nested bounds, and powers on both sides of the edge."""
    count = 0
    for terms in range(1, _TERMS):
        (low, high), (lower, higher) = bounds(terms + 1), bounds(terms)
        require(lower < low < high < higher, f"bounds of {terms} terms are nested")
        count += 1
    for digits in range(1, 12):
        floor = Fraction(int(sympy.floor(sympy.log(2) * 10**digits)), 10**digits)
        low, high = bounds()
        require(floor < high and low < floor + Fraction(1, 10**digits), f"{digits} digits")
        count += 1
    # 9/13 and 61/88 are convergents of ln 2, one below and one above.
    for bits in (13, 13 * 8):
        require(power_is_more(Fraction(9, 13) * bits, bits), f"9/13 is too little for {bits} bits")
        count += 1
    require(power_is_at_most(Fraction(61, 88) * 88, 88), "61/88 is enough for 88 bits")
    return count + 1
