"""Edges: for every edge between buckets the unit that says whether a number is above it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
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

__all__ = ["Edges", "most_read"]

_STRETCH: Final = Fraction(17, 16)
"""What is read is no larger than this times the largest number, however it was rounded."""


def most_read(program: Program, name: str, longest: int | None) -> int | None:
    """Returns the most positions that a head can average in one row; None for any number."""
    mask = program.heads[name].mask
    bounds = [
        bound for bound in (longest, None if mask is None else len(mask)) if bound is not None
    ]
    return min(bounds, default=None)


@final
class Edges:
    """Knows what every numerical variable and head output can be, and where it is read."""

    def __init__(
        self,
        program: Program,
        layout: Layout,
        numbers: Mapping[str, Numbers],
        format_: WeightFormat,
        longest: int | None,
    ) -> None:
        """Takes what the numbers are.

        Args:
            program: the program.
            layout: which coordinate holds which name.
            numbers: of every numerical variable.
            format_: the arithmetic.
            longest: the longest sequence that the model will take; None for any.
        """
        self._program, self._layout = program, layout
        self._numbers, self._format, self._longest = numbers, format_, longest
        self._averages = {name: Averages(each, format_) for name, each in numbers.items()}

    def above(self, name: str, index: int) -> Step | bool:
        """Returns the unit that says whether a number is above an edge, or what it always says.

        Raises:
            ModelError: when the format cannot tell what lies on the two sides apart.
        """
        domain = self._program.domains[name]
        if not isinstance(domain, Numerical):
            raise TypeError(f"{name!r} is {domain.kind}")
        if index < 0 or index >= len(domain.edges):
            return index < 0
        edge = domain.float_edges[index]
        what = f"{name!r}, edge {float(domain.edges[index])!r} between two of its values"
        if name in self._program.heads:
            return self._between_means(name, edge, what)
        numbers = self._numbers[name]
        low, high = (
            None if value is None else numbers.code(float(value))
            for value in _both(nearest_values(numbers.values, edge))
        )
        return self._step(name, Sides(low, high), numbers.largest, what)

    def member(self, name: str, index: int) -> Step:
        """Returns the unit that says whether a variable's code is past the one of this index."""
        codes = self.codes(name)
        sides = Sides(codes[index], codes[index + 1])
        found = self._step(name, sides, self._numbers[name].largest, f"{name!r}")
        if not isinstance(found, Step):
            raise TypeError(f"{name!r}: no threshold between two codes")
        return found

    def codes(self, name: str) -> tuple[Fraction, ...]:
        """Returns the distinct codes of a numerical variable, in ascending order."""
        return tuple(sorted(set(self._numbers[name].codes)))

    def code(self, name: str, value: float) -> Fraction:
        """Returns the code of a number that a variable can hold."""
        return self._numbers[name].code(value)

    def _step(self, name: str, sides: Sides, largest: Fraction, what: str) -> Step | bool:
        if sides.high is None:
            return False
        if sides.low is None:
            return True
        (column,) = self._layout.columns[name]
        return step(column, sides.low, sides.high, largest, self._format, what=what)

    def _between_means(self, name: str, edge: float, what: str) -> Step | bool:
        value = self._program.heads[name].value
        numbers = self._numbers[value]
        most = most_read(self._program, name, self._longest)
        if len(numbers.values) == 1:
            most = 1
        if most is None:
            raise ModelError(
                f"{name!r} is the mean of up to as many numbers as there are tokens, and means of "
                "many numbers are near to one another; pass max_len, the longest sequence that the "
                "model has to take"
            )
        sides = self._averages[value].sides(most, edge)
        return self._step(name, sides, numbers.largest * _STRETCH, what)

    def scale(self, name: str) -> tuple[Fraction, tuple[int, ...]]:
        """Returns the scale at which a numerical head output is carried, and its possible signs.

        Raises:
            ModelError: when small multiples might not be exact in the format.
        """
        numbers = self._numbers[self._program.heads[name].value]
        sizes = [abs(code) for code in numbers.codes if code]
        if not sizes:
            return Fraction(1), ()
        signs = tuple(sign for sign in (1, -1) if any(code * sign > 0 for code in numbers.codes))
        scale = power_of_two(max(sizes) * _STRETCH)
        # What is read is no smaller than this, unless it is 0.
        most = most_read(self._program, name, self._longest) or 2**24
        least = min(sizes) / (2 * most)
        if len(signs) > 1 and most > 1:
            # Numbers of both signs may nearly cancel; what is left is a multiple of the last digit
            # of a product.
            least *= self._format.sum_unit**2 * self._format.unit
            least = max(least, self._format.smallest * self._format.unit * 2)
        if scale > 1 and least / scale < self._format.smallest:
            raise ModelError(
                f"{name!r} may read numbers as small as {float(least):.3g}, and "
                f"{self._format.name} cannot divide them by {float(scale):g} exactly to take them "
                "away again; compile to a format with a larger range"
            )
        return scale, signs


def _both(sides: Sides) -> tuple[Fraction | None, Fraction | None]:
    return sides.low, sides.high
