"""Edges: for every edge between buckets the unit that says whether a number is above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final, final

from alta.compiler.averages import Averages
from alta.compiler.formats import WeightFormat, power_of_two
from alta.compiler.means import Sides, nearest_values
from alta.compiler.numbers import Numbers
from alta.compiler.thresholds import Step, step
from alta.errors import ModelError
from alta.lang.kinds import Numerical
from alta.lang.program import Program
from alta.nn.layout import Layout

__all__ = ["Edges", "read_bound"]

# What is read is no larger than this times the largest number, however it was rounded.
_STRETCH: Final = Fraction(17, 16)


def read_bound(program: Program, name: str, longest: int | None) -> int | None:
    """Returns the most positions that a head can average in one row; None for any number."""
    # A row reads at most one position for each offset of its mask, and no more than there are.
    mask = program.heads[name].mask
    bounds = [n for n in (longest, None if mask is None else len(mask)) if n is not None]
    return min(bounds, default=None)


@final
@dataclass(frozen=True)
class Edges:
    """What every numerical variable and head output can be, and where it is read.

    Attributes:
        program: the program.
        layout: which coordinate holds which name.
        numbers: the numbers of every numerical variable.
        format_: the arithmetic.
        longest: the longest sequence that the model will take; None for any.
    """

    program: Program
    layout: Layout
    numbers: Mapping[str, Numbers]
    format_: WeightFormat
    longest: int | None

    @cached_property
    def _averages(self) -> Mapping[str, Averages]:
        return {name: Averages(held, self.format_) for name, held in self.numbers.items()}

    def above(self, name: str, index: int) -> Step | bool:
        """Returns the unit that says whether a number is above an edge, or what it always says.

        Raises:
            ModelError: when the format cannot tell what lies on the two sides apart.
        """
        domain = self.program.domains[name]
        if not isinstance(domain, Numerical):
            raise TypeError(f"{name!r} is {domain.kind}")
        # Every number is above the edge below the first bucket, and none above the last one's.
        if index < 0 or index >= len(domain.edges):
            return index < 0
        edge = domain.float_edges[index]
        place = f"{name!r}, edge {float(domain.edges[index])!r} between two of its values"
        if name in self.program.heads:
            return self._between_means(name, edge, place)
        numbers = self.numbers[name]
        # Codes are in the order of their numbers, so these two are the nearest to be told apart.
        sides = nearest_values(numbers.values, edge).mapped(numbers.code)
        return self._step(name, sides, numbers.largest, place)

    def member(self, name: str, index: int) -> Step:
        """Returns the unit that says whether a variable's code is past the one of this index."""
        low, high = self.codes(name)[index : index + 2]
        (column,) = self.layout.columns[name]
        largest = self.numbers[name].largest
        # The stream holds codes exactly before every layer, so that no error is taken off the gap.
        return step(column, low, high, largest, self.format_, place=repr(name))

    def codes(self, name: str) -> tuple[Fraction, ...]:
        """Returns the distinct codes of a numerical variable, in ascending order."""
        return tuple(sorted(set(self.numbers[name].codes)))

    def code(self, name: str, value: float) -> Fraction:
        """Returns the code of a number that a variable can hold."""
        return self.numbers[name].code(value)

    def _step(self, name: str, sides: Sides, largest: Fraction, place: str) -> Step | bool:
        # With no possible number on one side the answer is always the same, and takes no unit.
        if sides.high is None:
            return False
        if sides.low is None:
            return True
        (column,) = self.layout.columns[name]
        return step(column, sides.low, sides.high, largest, self.format_, place=place)

    def _between_means(self, name: str, edge: float, place: str) -> Step | bool:
        value = self.program.heads[name].value
        numbers = self.numbers[value]
        count = read_bound(self.program, name, self.longest)
        # The mean of equal numbers is that number, however many there are.
        if len(numbers.values) == 1:
            count = 1
        if count is None:
            raise ModelError(
                f"{name!r} is the mean of up to as many numbers as there are tokens, and means of "
                "many numbers are near to one another; pass max_len, the longest sequence that the "
                "model has to take"
            )
        sides = self._averages[value].sides(count, edge)
        return self._step(name, sides, numbers.largest * _STRETCH, place)

    def scale(self, name: str) -> tuple[Fraction, tuple[int, ...]]:
        """Returns the scale at which a numerical head output is carried, and its possible signs.

        Raises:
            ModelError: when small multiples might not be exact in the format.
        """
        numbers = self.numbers[self.program.heads[name].value]
        # A head's output is at most as large as the largest code, stretched by rounding.
        sizes = [abs(code) for code in numbers.codes if code]
        if not sizes:
            return Fraction(1), ()
        signs = tuple(sign for sign in (1, -1) if any(code * sign > 0 for code in numbers.codes))
        # clip(x/s) is x/s only up to 1, so that s is at least as large as any computed mean.
        scale = power_of_two(max(sizes) * _STRETCH)
        # Unless it is 0, a mean of n codes of one sign is at least the smallest code over n, and
        # half of that once it was rounded.
        count = read_bound(self.program, name, self.longest) or 2**24
        least = min(sizes) / (2 * count)
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
