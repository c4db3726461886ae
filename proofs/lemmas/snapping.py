r"""Lemma: conditions are exactly 0 or 1, although what they read is a little off.

Let $k$ coordinates be meant to be 1 and any others 0, let each be 0 or 1 up to an error, and the
errors of all add up to at most 1/4. Then

$$\operatorname{clip}\bigl(2 \textstyle\sum_{\text{meant to be } 1} x
  - 2 \sum_{\text{meant to be } 0} x - 2k + 3/2\bigr)$$

is 1 if all are as they are meant to be, and else 0. With one coordinate that is
$\operatorname{clip}(2x - 1/2)$: 1 from 3/4 on, and 0 up to 1/4. More than 1/4 is too much.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Final

import sympy
import z3

from proofs.lemmas.checking import at_least, fails, holds, identical

__all__ = ["MARGIN", "WEIGHT", "bias", "derive", "instances"]

WEIGHT: Final = Fraction(2)
"""The weight of a coordinate, with the sign of what it is meant to be."""

MARGIN: Final = Fraction(1, 4)
"""What the errors may add up to."""


def bias(ones: int) -> Fraction:
    """Returns the bias of a condition in which so many coordinates are meant to be 1."""
    return Fraction(3, 2) - 2 * ones


def derive() -> None:
    """Derives that the argument is at least 1, or at most 0."""
    k, wrong = sympy.symbols("k wrong", integer=True, positive=True)
    error = sympy.Symbol("error", real=True)  # the sum of the errors, with their signs
    at, less = sympy.Rational(1, 4), sympy.Symbol("less", nonnegative=True)
    # As each coordinate is 0 or 1, of the sum 2k is left minus 2 for each that is not as meant.
    argument = 2 * k - 2 * wrong + 2 * error - 2 * k + sympy.Rational(3, 2)
    met = argument.subs(wrong, 0)
    identical(met, 2 * error + sympy.Rational(3, 2), "all as they are meant to be")
    at_least(met.subs(error, -at + less), 1, "errors of at least -1/4 leave 1")
    identical(met.subs(error, -at), 1, "the edge at 1")
    more = sympy.Symbol("more", integer=True, nonnegative=True)
    missed = argument.subs(wrong, 1 + more)
    at_least(0, missed.subs(error, at - less), "errors of at most 1/4 leave 0")
    identical(missed.subs({more: 0, error: at}), 0, "the edge at 0")


def instances() -> int:
    """Checks by z3 all conditions of up to four coordinates, for all errors."""
    count = 0
    for size in range(1, 5):
        for meant in product((0, 1), repeat=size):
            count += _condition(meant)
    return count


def _condition(meant: tuple[int, ...]) -> int:
    errors = z3.Reals(" ".join(f"e{index}" for index in range(len(meant))))
    total = z3.Sum([z3.If(e < 0, -e, e) for e in errors])
    allowed = z3.RealVal(str(MARGIN))
    count = 0
    for real in product((0, 1), repeat=len(meant)):
        argument = z3.RealVal(str(bias(sum(meant))))
        for wanted, value, error in zip(meant, real, errors, strict=True):
            weight = z3.RealVal(str(WEIGHT if wanted else -WEIGHT))
            argument = argument + weight * (value + error)
        claim = argument >= 1 if real == meant else argument <= 0
        what = f"{meant} where {real} is"
        holds(claim, given=[total <= allowed], what=what)
        count += 1
        if sum(a != b for a, b in zip(meant, real, strict=True)) <= 1:
            fails(claim, given=[total <= allowed + z3.RealVal("1/1000")], what=f"{what}, more off")
            count += 1
    return count
