"""Averages: what a unit can hold when a head reads the mean of several numbers.

If softmax gives every selected key the same power, which is exactly 1, and every other key exactly
0, then the sum of k powers is k without rounding, a weight is 1/k divided and stored, and only k
products are not exactly 0. So what can be computed is known for each pair of a number of keys and a
sum of their numbers; relative errors are taken only where sums are not on a grid, or where softmax
leaks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import final

from alta.limit import checkpoint
from alta_verify.arithmetic.formats import Format, Span, grid, stored, storing_slack, sum_slack
from alta_verify.arithmetic.interval import Interval, hull, point
from alta_verify.arithmetic.mixtures import mixture_slack
from alta_verify.encode.projection import Vector
from alta_verify.encode.relation import Codes, Relation
from alta_verify.encode.softmax import Softmax

__all__ = ["Margin", "averages", "margin", "of_one_sign"]


def averages(
    relation: Relation,
    head: str,
    read: Mapping[int, Sequence[Interval]],
    softmax: Softmax,
    count: int,
    format_: Format,
) -> dict[int, Vector]:
    """Returns, for each bucket, what units can hold when the mean of selected values lies in it.

    A unit that holds a multiple of the code of the number that is averaged holds the same multiple
    of the mean of codes.
    """
    amounts = relation.rounded_amounts(head)
    selected = _by_bucket(relation, head, count)
    result: dict[int, Vector] = {bucket: {} for bucket in selected}
    for unit, choices in read.items():
        factor = _factor(choices, amounts)
        sums = None if factor is None else _Sums(tuple(choices), format_)
        for bucket, extremes in selected.items():
            checkpoint()
            if sums is None or factor is None:
                near = _near(hull(choices), choices, count, format_)
            elif softmax.even:
                near = hull(sums.mean(n, total.scaled(factor)) for n, total in extremes.items())
            else:
                exact = hull(total.scaled(factor / n) for n, total in extremes.items())
                near = _near(exact, choices, count, format_)
            result[bucket][unit] = of_one_sign(near, choices)
    return result


def _by_bucket(relation: Relation, head: str, count: int) -> dict[int, dict[int, Interval]]:
    """Returns, for each bucket and number of values, the interval of the sums of their codes."""
    pairs = zip(relation.amounts(head), relation.rounded_amounts(head), strict=True)
    error = max(abs(amount - code) for amount, code in pairs)
    totals: dict[int, dict[int, list[Fraction]]] = {}
    for number, total in relation.selections(head, count):
        bucket = relation.abstraction.bucket(head, total / number)
        totals.setdefault(bucket, {}).setdefault(number, []).append(total)
    # For each number of keys the real mean and the computed one grow with the sum (`_Sums.mean`),
    # so that the least and the greatest sum bound all others. The bucket is that of the numbers of
    # the program, each of which is off its code by at most the error.
    return {
        bucket: {
            number: Interval(min(sums), max(sums)).widened(number * error)
            for number, sums in by_number.items()
        }
        for bucket, by_number in totals.items()
    }


def of_one_sign(mean: Interval, choices: Sequence[Interval]) -> Interval:
    """Returns what a mean can be, given that sums of numbers of one sign have that sign."""
    # Weights are not negative; rounding is monotonic and keeps 0. So no product, and no partial
    # sum, has another sign than the numbers.
    low, high = mean.lo, mean.hi
    if all(choice.lo >= 0 for choice in choices):
        low = max(low, Fraction(0))
    if all(choice.hi <= 0 for choice in choices):
        high = min(high, Fraction(0))
    return Interval(low, max(low, high))


def _have_one_sign(choices: Sequence[Interval]) -> bool:
    return all(choice.lo >= 0 for choice in choices) or all(choice.hi <= 0 for choice in choices)


def _factor(choices: Sequence[Interval], amounts: Sequence[Fraction]) -> Fraction | None:
    """Returns what numbers are multiplied by in a unit, if that is the same for all of them."""
    pairs = list(zip(choices, amounts, strict=True))
    factor = next((choice.lo / amount for choice, amount in pairs if amount), Fraction(0))
    linear = all(choice == point(amount * factor) for choice, amount in pairs)
    return factor if linear else None


@final
@dataclass(frozen=True)
class _Sums:
    """The sums of numbers that a unit holds, each a point, with equal weights."""

    choices: tuple[Interval, ...]
    format_: Format

    @cached_property
    def _size(self) -> Fraction:
        return hull(self.choices).magnitude

    @cached_property
    def _grid(self) -> Fraction | None:
        return grid(choice.lo for choice in self.choices)

    @cached_property
    def _one_sign(self) -> bool:
        return _have_one_sign(self.choices)

    def mean(self, number: int, total: Interval) -> Interval:
        """Returns what the mean of so many numbers can be, real and computed."""
        # Computed means: let S⁺ and S⁻ be the sums of the positive and of the negative numbers, and
        # w ≤ w' the least and the greatest weight. A tree of sums is monotonic in every weight. So
        # it computes no more than where positive numbers have w' and negative ones w, which is, but
        # for rounding, w' S⁺ + w S⁻ = w (S⁺ + S⁻) + (w' - w) S⁺; and no less than w' (S⁺ + S⁻) -
        # (w' - w) S⁺. Both grow with the sum. To add a product that is 0 is exact, so that only so
        # many products count.
        weight = _weight(number, self.format_)
        # Σ|z|: the size of the sum itself where all numbers have one sign, and else k times the
        # largest.
        size = total.magnitude if self._one_sign else number * self._size
        products = Span(self._grid, size).times(Span.of([weight]))
        # S⁺ = (S + Σ|z|) / 2, so that this is (w' - w) S⁺ for both ends of the sum.
        low, high = (
            (weight.hi - weight.lo) * (end + (abs(end) if self._one_sign else size)) / 2
            for end in (total.lo, total.hi)
        )
        sums = Interval(weight.hi * total.lo - low, weight.lo * total.hi + high)
        sums = sums.widened(sum_slack([products], self.format_, number))
        return hull([total.scaled(Fraction(1, number)), stored(sums, self.format_)])


def _weight(number: int, format_: Format) -> Interval:
    """Returns what the weight of each of so many keys can be."""
    # Computed means: it is 1/k, divided within one unit in the last place, which the probe shows,
    # and then stored; of one key it is 1/1, which is exact.
    share = Fraction(1, number)
    return stored(point(share).widened(2 * format_.sum_rounding * share * (number > 1)), format_)


def _near(exact: Interval, choices: Sequence[Interval], count: int, format_: Format) -> Interval:
    """Returns what means can be, if no more is known than that they are in an interval."""
    # Numbers of one sign are together no larger than their sum.
    size = (exact if _have_one_sign(choices) else hull(choices)).magnitude
    return exact.widened(_averaging_slack(size, count, format_))


def _averaging_slack(largest: Fraction, count: int, format_: Format) -> Fraction:
    """Bounds how far the mean of up to `count` values can be from the real one, once computed.

    The mean of their sizes is at most `largest`.
    """
    # One value has the weight 1. Of several, each weight is 1/k, divided within one unit in the
    # last place, which the probe shows, and then stored; and the products are summed.
    if count == 1 or not largest:
        return Fraction(0)
    # Doubled below, this is more than (1 + 2u)(1 + v) - 1, for dividing with an error of 2u and
    # storing with one of v.
    weight = 2 * format_.sum_rounding + format_.rounding + format_.sum_rounding * format_.rounding
    # Weights sum to 1 up to rounding.
    size = largest * (1 + mixture_slack(count, format_))
    return (
        largest * 2 * weight
        + sum_slack([Span(None, size)], format_, count)
        + storing_slack(Span(None, size), format_)
    )


@final
@dataclass(frozen=True)
class Margin:
    """What separates the means of one bucket from all others.

    Attributes:
        bound: how far a computed mean, or one that other keys leak into, can be from what it
            should be.
        margin: how far the nearest mean of another bucket is.
    """

    bound: Fraction
    margin: Fraction

    def __str__(self) -> str:
        """Says both, side by side."""
        text = (
            f"means there are computed within {float(self.bound):.3g} (bound), and the nearest "
            f"ones of another bucket are {float(self.margin):.3g} away (margin)"
        )
        if 2 * self.bound >= self.margin:
            text += ", so that no threshold tells them apart"
        return text


def margin(relation: Relation, head: str, bucket: int, codes: Codes, count: int) -> Margin | None:
    """Returns what separates a bucket of a head that averages; None where nothing is to be said."""
    means = {total / number for number, total in relation.selections(head, count)}
    within = {mean for mean in means if relation.abstraction.bucket(head, mean) == bucket}
    if not within or within == means or bucket not in codes:
        return None
    # A threshold between two means tells them apart if neither bound reaches its middle.
    low, high = min(within), max(within)
    (box,) = codes[bucket]
    bound = max(low - box.lo, box.hi - high)
    nearest = min(abs(mean - end) for end in (low, high) for mean in means - within)
    # Means that are kept as a multiple of themselves are no matter of rounding.
    return Margin(bound, nearest) if box.lo <= low and high <= box.hi else None
