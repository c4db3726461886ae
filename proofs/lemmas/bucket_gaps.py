r"""Lemma: how near two means of few numbers can be to one another.

Let all numbers be $a + d\,z$ with integers $z$. Two means of at most $n$ of them that differ are at
least $d/(k\,m)$ apart, where $k$ and $m$ are how many numbers they are taken of; and so at least

$$\frac{d}{n\,(n-1)} \quad (n \ge 2).$$

The fraction $1/k$ with $k \le n$ lies at least $1/(2n(n+1))$ from the middle between it and the
next one, $1/(k+1)$. Both bounds are attained.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import reduce
from itertools import combinations_with_replacement, pairwise

import sympy
import z3

from proofs.lemmas.checking import at_least, fails, holds, identical, require

__all__ = ["derive", "gap_of_inverses", "gap_of_means", "instances"]


def gap_of_means(step: Fraction, most: int) -> Fraction:
    """Returns a distance that two different means of up to `most` numbers have at least."""
    return step if most == 1 else step / (most * (most - 1))


def gap_of_inverses(most: int) -> Fraction:
    """Returns a distance that 1/k, k ≤ most, has at least from the middle to 1/(k+1)."""
    return Fraction(1, 2 * most * (most + 1))


def derive() -> None:
    """Derives both distances."""
    a, d = sympy.Symbol("a", real=True), sympy.Symbol("d", positive=True)
    y, z = sympy.symbols("y z", integer=True)
    k, m = sympy.symbols("k m", integer=True, positive=True)
    # A mean of k numbers is (k a + d z)/k with an integer z. So two differ by d (k y - m z)/(k m),
    # where the bracket is an integer; if it is not 0, its size is at least 1.
    difference = (m * a + d * y) / m - (k * a + d * z) / k
    identical(difference, d * (k * y - m * z) / (k * m), "a difference of means")
    require((k * y - m * z).is_integer, "the numerator is an integer")
    # Means of one count k differ by a multiple of d/k, and n ≤ n (n-1) for n ≥ 2. For two counts
    # k < m ≤ n, k m ≤ n (n-1).
    identical(difference.subs(m, k), d * (y - z) / k, "a difference of means of one count")
    less, apart, rest = sympy.symbols("less apart rest", integer=True, nonnegative=True)
    at_least((2 + rest) * (1 + rest), 2 + rest, "n ≤ n (n-1)")
    smaller, larger = 1 + less, 2 + less + apart
    most = larger + rest
    at_least(most * (most - 1), smaller * larger, "k m ≤ n (n-1)")
    # 1/k - (1/k + 1/(k+1))/2 = 1/(2k(k+1)), which falls with k.
    distance = 1 / k - (1 / k + 1 / (k + 1)) / 2
    identical(distance, 1 / (2 * k * (k + 1)), "the distance to the middle")
    at_least(distance, distance.subs(k, k + 1), "it falls with k")


def instances() -> int:
    """Checks all means of a few numbers, where the bounds are attained."""
    count = 0
    for most in range(2, 16):
        fractions = sorted({Fraction(z, k) for k in range(1, most + 1) for z in range(k + 1)})
        smallest = min(high - low for low, high in pairwise(fractions))
        require(smallest == gap_of_means(Fraction(1), most), f"means of up to {most} bits")
        middles = [Fraction(1, k) - Fraction(1, 2 * k * (k + 1)) for k in range(1, most + 1)]
        nearest = min(Fraction(1, k) - m for k, m in enumerate(middles, start=1))
        require(nearest == gap_of_inverses(most), f"inverses up to {most}")
        count += 2
    for values in ((0, 1, 3), (-2, 1, 7), (1, 1 + 4, 1 + 10)):
        for most in range(1, 6):
            means = sorted(
                {
                    Fraction(sum(chosen), k)
                    for k in range(1, most + 1)
                    for chosen in combinations_with_replacement(values, k)
                }
            )
            step = Fraction(reduce(math.gcd, (value - values[0] for value in values)))
            apart = all(high - low >= gap_of_means(step, most) for low, high in pairwise(means))
            require(apart, f"means of up to {most} of {values}")
            count += 1
    # By z3 for all sums at once; and a bound that is larger by any amount fails.
    y, z = z3.Ints("y z")
    for most in (2, 3, 5, 8):
        for k in range(1, most):
            numerator = z3.If(k * y - most * z < 0, most * z - k * y, k * y - most * z)
            apart_ = z3.Or(numerator == 0, numerator >= 1)
            holds(apart_, what=f"sums of {k} and of {most}")
            count += 1
        neighbours = (most - 1) * y - most * z
        fails(
            z3.Or(neighbours <= 0, neighbours >= 2), what=f"a distance above 1/({most}({most}-1))"
        )
        count += 1
    return count
