"""Averages: what units hold where a head reads the mean of several numbers.

Scores were checked: the powers of selected keys are exactly 1, and those of all others exactly 0.
So the sum of the powers of k selected keys is k, and only k products are not 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from alta_verify.check.numbers import (
    ZERO,
    Format,
    Interval,
    Span,
    check_size,
    hull,
    point,
    power,
    sum_slack,
)
from alta_verify.check.program import Program
from alta_verify.check.refused import Refused

__all__ = ["means"]

# More sums than this are not told apart.
_SUMS: Final = 100_000


def means(
    program: Program,
    name: str,
    values: Sequence[int],
    read: Mapping[int, Sequence[Fraction]],
    count: int,
    format_: Format,
) -> dict[int, dict[int, Interval]]:
    """Returns what units can hold when the mean of up to `count` numbers is in each bucket."""
    head = program.heads[name]
    variable = program.variables[head.value]
    possible, unit_of_amounts = variable.amounts
    amounts = [possible[value] for value in values]
    codes = [variable.numbers[value] for value in values]
    error = max(abs(variable.values[value] - variable.numbers[value]) for value in values)
    # All sums of up to so many numbers, as whole multiples of one over a unit: for each bucket that
    # the interpreter sorts means into, and each number of summands, the sums that belong there.
    buckets: dict[int, dict[int, list[int]]] = {}
    # Sums, not multisets of numbers: on a lattice the number of sums grows linearly with the number
    # of summands, that of multisets like a binomial coefficient.
    sums = {0}
    for number in range(1, count + 1):
        sums = {total + amount for total in sums for amount in set(amounts)}
        if len(sums) > _SUMS:
            raise Refused(
                f"{name} can read more than {_SUMS} different means: with {number} numbers "
                f"{len(sums)} sums; try a smaller max_len"
            )
        for total in sums:
            bucket = head.bucket(total, number * unit_of_amounts)
            buckets.setdefault(bucket, {}).setdefault(number, []).append(total)
    weights = {number: _weights(number, format_) for number in range(1, count + 1)}
    result: dict[int, dict[int, Interval]] = {bucket: {} for bucket in buckets}
    for unit, numbers in read.items():
        # A unit holds a multiple of the code of a number, and so the same multiple of every sum of
        # codes. Only units come here that are not 0 for some number, so that there is one to
        # divide by.
        pairs = list(zip(numbers, codes, strict=True))
        factor = next((number / code for number, code in pairs if code), Fraction(0))
        if any(number != code * factor for number, code in pairs):
            raise Refused(
                f"{name} averages what are not multiples of its numbers, in unit {unit}; expected "
                "weights that are the same multiple of all of them"
            )
        for bucket, totals in buckets.items():
            # A sum of codes is off the sum of their numbers by at most the error of each.
            reach = {
                k: Interval(
                    Fraction(min(s), unit_of_amounts), Fraction(max(s), unit_of_amounts)
                ).widened(k * error)
                for k, s in totals.items()
            }
            result[bucket][unit] = hull(
                _mean(weights[number], number, total.times(factor), numbers, format_)
                for number, total in reach.items()
            )
    return result


def _weights(number: int, format_: Format) -> Interval:
    """Returns the least and the greatest weight of one of so many keys."""
    # Means, computed: the quotient 1/k is right but for its last bit, and then stored; 1/1 is 1.
    if number == 1:
        return point(Fraction(1))
    last = power(1 - format_.sum_precision) / number
    return _stored(point(Fraction(1, number)).widened(last), format_)


def _mean(
    weights: Interval, number: int, total: Interval, numbers: Sequence[Fraction], format_: Format
) -> Interval:
    """Returns the real mean and what may be computed for it, given what the sum can be."""
    # Means, computed: each of the k weights is a w + e with w the least one and 0 ≤ e ≤ w' - w. So
    # their products with the numbers sum to w times the sum, and something between (w' - w) times
    # the sum of the negative numbers and (w' - w) times that of the positive ones.
    light, extra = weights.lo, weights.hi - weights.lo
    least, greatest = min(*numbers, Fraction(0)), max(*numbers, Fraction(0))
    negative, positive = number * least, number * greatest
    # Where all numbers are of one sign, the sum itself is that of the positive or negative ones.
    size = number * max(-least, greatest)
    if not least:
        size = positive = total.hi
    if not greatest:
        negative = total.lo
        size = -negative
    grid = Span.of([weights]).times(Span.of(map(point, numbers))).grid
    # Bounds on the error of a sum depend on the total of all sizes, which may be spread evenly.
    products = [Span(grid, size * weights.hi / number)] * number
    # Lemmas 8 and 9: on a grid every order of summation gives the same number; else γ for k terms.
    computed = total.times(light).plus(Interval(extra * negative, extra * positive))
    computed = _stored(computed.widened(sum_slack(products, format_)), format_)
    either = hull([total.times(Fraction(1, number)), computed])
    # Where all summands have one sign, neither rounding nor flushing leads past 0.
    low = max(either.lo, Fraction(0)) if not least else either.lo
    high = min(either.hi, Fraction(0)) if not greatest else either.hi
    return Interval(low, high)


def _stored(numbers: Interval, format_: Format) -> Interval:
    """Returns what numbers may be stored as."""
    # Rounding to nearest is monotonic, so that the ends go to the ends.
    check_size(numbers.size, format_)
    low, high = (_neighbours(end, format_) for end in numbers)
    return Interval(low.lo, high.hi)


def _neighbours(number: Fraction, format_: Format) -> Interval:
    """Returns the one number of the format that is nearest, or the two that are as near.

    A subnormal number may be stored as it is, as 0 or as the nearest that is normal.
    """
    if not number:
        return ZERO
    if abs(number) < format_.tiny:
        return hull([ZERO, point(format_.tiny if number > 0 else -format_.tiny)])
    # A power of two with which the number has all digits of a significand before the point.
    digits = Fraction(1)
    while abs(number) * digits < power(format_.precision - 1):
        digits *= 2
    while abs(number) * digits >= power(format_.precision):
        digits /= 2
    # Halfway between two numbers both are taken, whichever way ties are rounded.
    places = number * digits
    return Interval(
        math.ceil(places - Fraction(1, 2)) / digits, math.floor(places + Fraction(1, 2)) / digits
    )
