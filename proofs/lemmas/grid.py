r"""Lemma: sums on a grid are exact, whatever the order.

Let $q = 2^e$ be at least the smallest normal number of a format with $p$ bits, let all summands be
integer multiples of $q$, and let their sizes add up to at most $2^p q$. Then every tree of
additions gives the sum exactly, with subnormal numbers or without. One step of the grid more is
too much.

Summands that lie anywhere between two such numbers each give a sum between the sums of the ends,
because rounding is monotonic.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations_with_replacement

import sympy
import z3

from proofs.lemmas.checking import at_least, fails, holds, identical, require
from proofs.lemmas.floats import Float, power, sums

__all__ = ["derive", "instances", "limit"]


def limit(precision: int, quantum: Fraction) -> Fraction:
    """Returns what sizes may add up to."""
    return power(precision) * quantum


def derive() -> None:
    """Derives that every node of a tree is a number of the format."""
    p, m, e = sympy.symbols("p m e", integer=True, positive=True)
    z, y = sympy.symbols("z y", integer=True)
    q = 2**e
    # A partial sum is a multiple of q, and no larger than the sum of all sizes.
    identical(z * q + y * q, (z + y) * q, "a partial sum")
    require((z + y).is_integer, "it is a multiple of q")
    x, w = sympy.symbols("x w", real=True)
    spare = (abs(x) + abs(w)) ** 2 - (x + w) ** 2
    identical(spare, 2 * (abs(x * w) - x * w), "the square of a sum")
    require((abs(x) - x).subs(x, -abs(w)).is_nonnegative, "x is at most |x| where it is negative")
    identical((abs(x) - x).subs(x, abs(w)), 0, "x is |x| where it is not")
    # z q with |z| < 2^p has a significand of p bits, and 2^p q is a power of two.
    identical(2**p * q, 2 ** (p + e), "the largest is a power of two")
    # It is 0 or at least q, so not subnormal if q is normal.
    at_least((1 + m) * q, q, "what is not 0 is at least q")


def instances() -> int:
    """Checks all trees over small grids in exact arithmetic, and additions by z3."""
    count = 0
    for precision in (2, 3):
        for flush in (False, True):
            format_ = Float(precision, -3, flush=flush)
            count += _trees(format_, 3, format_.tiny) + _trees(format_, 3, power(2))
    count += _between(Float(3, -3, flush=True))
    for precision in (4, 5):
        count += _additions(precision)
    return count


def _summands(steps: int, number: int) -> Iterator[tuple[int, ...]]:
    """Yields multiples whose sizes add up to at most so many steps of the grid."""
    for chosen in combinations_with_replacement(range(-steps, steps + 1), number):
        if sum(map(abs, chosen)) <= steps:
            yield chosen


def _trees(format_: Float, number: int, quantum: Fraction) -> int:
    count = 0
    most = limit(format_.precision, quantum) / quantum
    for steps in _summands(int(most), number):
        exact = sum(steps) * quantum
        found = set(sums([step * quantum for step in steps], format_.nearest))
        require(found == {exact}, f"{steps} steps of {quantum} in {format_}")
        count += 1
    # 2^p + 1 steps are no number of the format; below the normal numbers half a step may vanish.
    beyond = list(sums([most * quantum, quantum], format_.nearest))
    require(beyond != [(most + 1) * quantum], f"one step more in {format_}")
    if format_.flush:
        half = format_.tiny / 2
        lost = list(sums([format_.tiny + half, -format_.tiny], format_.nearest))
        require(lost == [Fraction(0)], f"a grid below the normal numbers in {format_}")
    return count + 1


def _between(format_: Float) -> int:
    """Checks summands inside intervals with ends on the grid, by trying numbers of the format."""
    count = 0
    inside = [number for step in range(17) if format_.holds(number := Fraction(step, 8))]
    for low, high in combinations_with_replacement((0, 1, 2), 2):
        parts = [number for number in inside if low <= number <= high]
        for first in parts:
            for second in parts:
                for third in parts:
                    for found in sums([first, second, -third], format_.nearest):
                        require(2 * low - high <= found <= 2 * high - low, "between the ends")
                        count += 1
    return count


def _additions(precision: int) -> int:
    """Has z3 show of all pairs of integers at once that their sum is exact."""
    sort = z3.FPSort(4, precision)
    x, y = z3.BitVecs("x y", precision + 3)
    sizes = [z3.If(one < 0, -one, one) for one in (x, y)]
    modes = {"to even": z3.RNE(), "up": z3.RTP(), "down": z3.RTN(), "to 0": z3.RTZ()}
    # Both are no larger than the limit, so that their sizes can be added in so many bits.
    each = [z3.ULE(size, 2**precision) for size in sizes]
    for name, mode in modes.items():
        left, right, both = (z3.fpSignedToFP(mode, one, sort) for one in (x, y, x + y))
        exact = z3.fpEQ(z3.fpAdd(mode, left, right), both)
        what = f"{precision} bits, rounding {name}"
        holds(exact, given=[*each, z3.ULE(sizes[0] + sizes[1], 2**precision)], what=what)
    left, right = (z3.fpSignedToFP(z3.RNE(), one, sort) for one in (x, y))
    total = z3.fpToSBV(z3.RTZ(), z3.fpAdd(z3.RNE(), left, right), z3.BitVecSort(precision + 3))
    beyond = [*each, z3.ULE(sizes[0] + sizes[1], 2**precision + 1)]
    fails(total == x + y, given=beyond, what=f"{precision} bits, one step more")
    return len(modes) + 1
