r"""Lemma: how far a computed dot product can be from the real one, whatever the order.

With rounding to nearest, $u = 2^{-p}$, and underflow by at most $\eta$ in each operation, a tree
of at most $n$ operations with $n u < 1$ computes a sum of products $z_k$ up to

$$\gamma_n \sum_k |z_k| + \frac{n\,\eta}{1 - n u}, \qquad \gamma_n = \frac{n u}{1 - n u}.$$

A sum of $m$ products and a bias takes at most $2m$ operations, fused ones counting less. Without
the denominator the bound is too small: $(1 + u)^n > 1 + n u$.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import sympy
import z3

from proofs.lemmas.checking import at_least, fails, holds, identical, require
from proofs.lemmas.floats import Float, power, sums

__all__ = ["bound", "derive", "gamma", "instances"]


def gamma(operations: int, unit: Fraction) -> Fraction:
    """Returns the relative error of so many operations in a row."""
    return operations * unit / (1 - operations * unit)


def bound(operations: int, unit: Fraction, size: Fraction, underflow: Fraction) -> Fraction:
    """Returns the bound of the lemma, where `size` is the sum of the products' sizes."""
    return gamma(operations, unit) * size + operations * underflow / (1 - operations * unit)


def derive() -> None:
    """Derives the bound by induction on the height of the tree."""
    n, u, rest = sympy.symbols("n u rest", positive=True)
    # Let n u < 1 be said by u = 1/(n + 1 + rest), which covers n + 1 operations as well.
    small = {u: 1 / (n + 1 + rest)}
    grown = n * u / (1 - n * u)
    more = grown.subs(n, n + 1)
    identical(1 + grown, 1 / (1 - n * u), "1 + γ")
    # A node of height n+1 rounds the sum of two nodes of height n: a summand's factor, which is at
    # most 1 + γ_n from above and at least 1 - γ_n, is multiplied by 1 + δ with |δ| ≤ u.
    at_least((1 + more).subs(small), ((1 + grown) * (1 + u)).subs(small), "one operation more")
    at_least(((1 - grown) * (1 - u)).subs(small), (1 - more).subs(small), "and below")
    at_least(more.subs(small), grown.subs(small), "a smaller height")
    # An underflow enters as at most η and is multiplied, on its way up, by at most 1 + γ_n.
    eta = sympy.Symbol("eta", positive=True)
    identical(n * eta * (1 + grown), n * eta / (1 - n * u), "all underflows together")
    # The naive bound fails from two operations on.
    require(sympy.expand((1 + u) ** 2 - (1 + 2 * u)).is_positive, "(1 + u)² is more than 1 + 2u")


def instances() -> int:
    """Checks chains of roundings by z3, and all trees over a small format exactly."""
    count = 0
    for n in range(1, 6):
        deltas = z3.Reals(" ".join(f"d{i}" for i in range(n)))
        for p in (4, 24):
            unit = power(-p)
            limits = [z3.And(d >= -_value(unit), d <= _value(unit)) for d in deltas]
            factor = z3.Product(*(1 + d for d in deltas))
            grown, what = _value(gamma(n, unit)), f"{n} roundings to {p} bits"
            # The product is linear in each δ, so it is extreme where all are at their ends.
            for ends in product((-unit, unit), repeat=n):
                at_ends = [d == _value(end) for d, end in zip(deltas, ends, strict=True)]
                inside = z3.And(factor - 1 <= grown, 1 - factor <= grown)
                holds(inside, given=[*limits, *at_ends], what=what)
                count += 1
            if n > 1:
                naive = factor - 1 <= _value(n * unit)
                at_top = [d == _value(unit) for d in deltas]
                fails(naive, given=[*limits, *at_top], what=f"{what}, without the denominator")
                count += 1
    for format_ in (Float(3, -2), Float(3, -2, flush=True), Float(4, -9, flush=True)):
        count += _products(format_)
    return count


def _products(format_: Float) -> int:
    """Tries two products and a bias over some numbers of a format, in all orders."""
    numbers = [Fraction(n, 8) for n in (-13, -7, -3, -1, 0, 1, 5, 6, 11)]
    held = sorted({format_.nearest(number) for number in numbers})
    # A flushed result is off by less than the smallest normal number.
    operations, underflow, count, worst = 4, format_.tiny, 0, Fraction(0)
    for a, b, c in product(held, repeat=3):
        exact = a * b + b * c + c
        size = abs(a * b) + abs(b * c) + abs(c)
        allowed = bound(operations, format_.unit, size, underflow)
        leaves = [format_.nearest(a * b), format_.nearest(b * c), c]
        for computed in sums(leaves, format_.nearest):
            off = abs(computed - exact)
            require(off <= allowed, f"{a}·{b} + {b}·{c} + {c} in {format_}")
            worst = max(worst, off)
            count += 1
    require(worst > 0, f"some sum in {format_} is not exact")
    return count


def _value(number: Fraction) -> z3.ArithRef:
    return z3.RealVal(str(number))
