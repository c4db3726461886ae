"""Thresholds: for every edge between buckets the unit that says whether a number is above it.

A *step* is exactly 0 up to one number and exactly 1 from the next one on. Its scale is not a
constant: it is derived from the gap between the two numbers. A unit clip(K x + c) has to be 0 at
`low` and 1 at `high`; with K a power of two, and nothing but x and the bias in its sum, its
argument is rounded once. Rounding is monotonic and keeps 0 and 1, so that the computed unit is
exactly 0 and 1 there, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Final, final

from alta.compiler.means import Averages, Sides, nearest_values
from alta.compiler.numbers import Numbers, WeightFormat, power_of_two
from alta.errors import ModelError
from alta.lang.kinds import Numerical
from alta.lang.program import Program
from alta.nn.layout import Layout

__all__ = ["Edges", "Step", "step"]

# How often the factor K is doubled: the ramp from 0 to 1 is 1/K wide, and what it leaves of the
# gap is room for rounding the bias.
_TRIES: Final = 24

# What is read is no larger than this times the largest number, however it was rounded.
_STRETCH: Final = Fraction(17, 16)


@final
@dataclass(frozen=True)
class Step:
    """A unit clip(factor * x + bias) of one coordinate; the factor is a power of two."""

    column: int
    factor: Fraction
    bias: Fraction


def step(
    column: int, low: Fraction, high: Fraction, largest: Fraction, format_: WeightFormat, place: str
) -> Step:
    """Returns a unit that is 0 for all x ≤ low and 1 for all x ≥ high, errors included.

    `largest` is the largest absolute value of x, and `place` says what has to be told apart.
    """
    # The line through (low, 0) and (high, 1) has the slope 1/gap. At least twice that leaves half
    # of the gap for rounding the bias, and a power of two makes the product K x exact.
    gap = high - low
    if gap > 0:
        factor = max(Fraction(1), power_of_two(2 / gap))
        for _ in range(_TRIES):
            # The middle of the gap goes to 1/2, so that both ends have the same room for rounding.
            bias = format_.nearest(Fraction(1, 2) - factor * (low + high) / 2)
            # Half of the range is left for the sum K x + c.
            if max(factor * largest, abs(bias), factor) > format_.largest / 2:
                break
            # Both ends are checked exactly, in rationals, whatever led to the factor and the bias.
            if factor * low + bias <= 0 and factor * high + bias >= 1:
                return Step(column, factor, bias)
            factor *= 2
    raise _too_near(low, high, gap, format_, place)


def _too_near(
    low: Fraction, high: Fraction, gap: Fraction, format_: WeightFormat, place: str
) -> ModelError:
    return ModelError(
        f"{place}: {float(low)!r} and {float(high)!r} have to be told apart, a gap of "
        f"{float(gap):.3g} once errors of rounding are taken off; {format_.name} has a "
        f"precision of {float(format_.unit):.3g} and numbers up to {float(format_.largest):.3g}. "
        "Compile to a finer format, give a smaller max_len, or move the values further apart"
    )


@final
@dataclass(frozen=True)
class Edges:
    """What every numerical variable and head output can be, and where it is read."""

    program: Program
    layout: Layout
    numbers: Mapping[str, Numbers]
    format_: WeightFormat
    longest: int | None

    @cached_property
    def _averages(self) -> Mapping[str, Averages]:
        return {name: Averages(held, self.format_) for name, held in self.numbers.items()}

    def above(self, name: str, index: int) -> Step | bool:
        """Returns the unit that says whether a number is above an edge, or what it always says."""
        domain = self.program.domains[name]
        if not isinstance(domain, Numerical):
            raise TypeError(f"{name!r} is {domain.kind}")
        # Every number is above the edge below the first bucket, and none above the last one's.
        if index < 0 or index >= len(domain.edges):
            return index < 0
        edge = domain.float_edges[index]
        place = f"{name!r}, edge {float(domain.edges[index])!r} between two of its values"
        if name in self.program.heads:
            numbers = self.numbers[self.program.heads[name].value]
            sides, largest = self._means(name, edge), numbers.largest * _STRETCH
        else:
            numbers = self.numbers[name]
            # Codes are in the order of their numbers, so these two are the nearest to tell apart.
            sides, largest = nearest_values(numbers.values, edge), numbers.largest
            sides = sides.mapped(numbers.code)
        # With no possible number on one side the answer is always the same, and takes no unit.
        if sides.high is None:
            return False
        if sides.low is None:
            return True
        (column,) = self.layout.columns[name]
        return step(column, sides.low, sides.high, largest, self.format_, place)

    def is_one_hot(self, name: str) -> bool:
        """Says whether each number of a variable has a coordinate of its own."""
        return name in self.numbers and self.numbers[name].one_hot

    def inside(self, name: str, bucket: int) -> frozenset[int]:
        """Returns the numbers of a one-hot variable that are in a bucket, by place.

        Raises:
            ModelError: when one that is in it and one that is not are the same in the format.
        """
        numbers, domain = self.numbers[name], self.program.domains[name]
        buckets = [domain.index_of(float(value)) for value in numbers.values]
        # Codes are in the order of their numbers, so that those of equal ones are side by side.
        for low, high in pairwise(range(len(buckets))):
            alike = numbers.codes[low] == numbers.codes[high]
            if alike and (buckets[low] == bucket) != (buckets[high] == bucket):
                near = numbers.values[low], numbers.values[high]
                raise _too_near(*near, Fraction(0), self.format_, repr(name))
        return frozenset(place for place, index in enumerate(buckets) if index == bucket)

    def _means(self, name: str, edge: float) -> Sides:
        """Returns how near to an edge a head output may be computed."""
        value = self.program.heads[name].value
        count = self.program.heads[name].mask.most(self.longest)
        # The mean of equal numbers is that number, however many there are.
        if len(self.numbers[value].values) == 1:
            count = 1
        if count is None:
            raise ModelError(
                f"{name!r} is the mean of up to as many numbers as there are tokens, and means of "
                "many numbers are near to one another; pass max_len, the longest sequence that the "
                "model has to take"
            )
        return self._averages[value].sides(count, edge)

    def member(self, name: str, index: int) -> Step:
        """Returns the unit that says whether a variable's code is past the one of this index."""
        low, high = self.codes(name)[index : index + 2]
        (column,) = self.layout.columns[name]
        # The stream holds codes exactly before every layer, so that no error is taken off the gap.
        return step(column, low, high, self.numbers[name].largest, self.format_, repr(name))

    def codes(self, name: str) -> tuple[Fraction, ...]:
        """Returns the distinct codes of a numerical variable, in ascending order."""
        return tuple(sorted(set(self.numbers[name].codes)))

    def scale(self, name: str) -> tuple[Fraction, tuple[int, ...]]:
        """Returns the scale at which a numerical head output is carried, and its possible signs."""
        # A head's output is at most as large as the largest code, stretched by rounding.
        codes = [code for code in self.numbers[self.program.heads[name].value].codes if code]
        if not codes:
            return Fraction(1), ()
        signs = tuple(sign for sign in (1, -1) if any(code * sign > 0 for code in codes))
        # clip(x/s) is x/s only up to 1, so that s is at least as large as any computed mean.
        scale = power_of_two(max(map(abs, codes)) * _STRETCH)
        # Unless it is 0, a mean of n codes of one sign is at least the smallest code over n, and
        # half of that once it was rounded.
        count = self.program.heads[name].mask.most(self.longest) or 2**24
        least = min(map(abs, codes)) / (2 * count)
        if len(signs) > 1 and count > 1:
            # Numbers of both signs may nearly cancel; what is left is a multiple of the last digit
            # of a product.
            least *= self.format_.sum_unit**2 * self.format_.unit
            least = max(least, self.format_.smallest * self.format_.unit * 2)
        # x/s is exact while it is a normal number; below, it may be rounded or flushed to 0.
        if scale > 1 and least / scale < self.format_.smallest:
            raise ModelError(
                f"{name!r} may read numbers as small as {float(least):.3g}, and "
                f"{self.format_.name} cannot divide them by {float(scale):g} exactly to take them "
                "away again; compile to a format with a larger range"
            )
        return scale, signs
