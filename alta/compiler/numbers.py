"""Numbers: what a numerical variable can hold, and how a format holds it in the residual stream.

A numerical variable only ever holds one of finitely many numbers: those that it starts with and
those that rules assign. The residual stream holds their *codes*, the numbers of the format that are
nearest to them. A write takes the code of the old number away and adds that of the new one, which
has to be exact, whatever the order of the sum, so that nothing is left behind after any number of
layers. In a single coordinate it is where all codes lie on a coarse enough grid, as integers and
short binary fractions do. But no c makes 1 + c the code of 1/3 in float32, as every such sum is a
multiple of 2^-24. Then numbers are *one-hot*: each has a coordinate of its own, as if the variable
were categorical, and heads that read it multiply the coordinates by the codes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import final

import jax.numpy as jnp

from alta.errors import ModelError
from alta.lang.kinds import Numerical
from alta.lang.program import Program
from alta.nn.rounding import nearest
from alta.nn.weights import ACCUMULATE

__all__ = ["Numbers", "WeightFormat", "check_halt", "numbers_of", "power_of_two", "rounded"]


@final
@dataclass(frozen=True)
class WeightFormat:
    """A floating-point format of weights, such as ``"bfloat16"``."""

    name: str

    @property
    def accumulate(self) -> str:
        """The format in which products are summed, ``"float32"`` or ``"float64"``."""
        return ACCUMULATE[self.name]

    @property
    def unit(self) -> Fraction:
        """The largest relative error of rounding to the format."""
        # eps is the distance from 1 to the next number, and rounding goes at most half of that.
        return Fraction(float(jnp.finfo(self.name).eps)) / 2  # type: ignore[no-untyped-call]

    @property
    def sum_unit(self) -> Fraction:
        """The largest relative error of one operation of a sum."""
        return WeightFormat(self.accumulate).unit

    @property
    def smallest(self) -> Fraction:
        """The smallest normal number of the format."""
        return Fraction(float(jnp.finfo(self.name).tiny))  # type: ignore[no-untyped-call]

    @property
    def largest(self) -> Fraction:
        """The largest number of the format."""
        return Fraction(float(jnp.finfo(self.name).max))  # type: ignore[no-untyped-call]

    def nearest(self, number: Fraction) -> Fraction:
        """Returns the number of the format that is nearest to one in its range.

        What is nearer to 0 than to the smallest normal number is 0.
        """
        # Hardware that flushes subnormal numbers to 0 must see what was meant.
        if abs(number) < self.smallest / 2:
            return Fraction(0)
        # Of m digits before the point the last is worth 2^(e - m).
        digits = int(-math.log2(self.unit))
        quantum = max(power_of_two(abs(number)), self.smallest) * Fraction(2) ** (-digits)
        # Python rounds a fraction to even, as IEEE 754 does by default.
        nearest = round(number / quantum) * quantum
        tiny = abs(nearest) < self.smallest
        return (1 if number > 0 else -1) * self.smallest if tiny else nearest


def power_of_two(number: Fraction) -> Fraction:
    """Returns the smallest power of two that is at least a positive number."""
    # 2^(exponent - 1) is less than the number, and 2^(exponent + 1) more.
    exponent = number.numerator.bit_length() - number.denominator.bit_length()
    power = Fraction(2) ** (exponent - 1)
    while power < number:
        power *= 2
    return power


@final
@dataclass(frozen=True)
class Numbers:
    """The numbers that a variable can hold, exactly and in ascending order, and their codes.

    Codes ascend too, and numbers that are very near may have one code. Where they are one-hot
    each number has a coordinate, in the same order.
    """

    values: tuple[Fraction, ...]
    codes: tuple[Fraction, ...]
    one_hot: bool = False

    @property
    def largest(self) -> Fraction:
        """The largest absolute value of a number or code."""
        return max(map(abs, (*self.values, *self.codes)))

    @property
    def error(self) -> Fraction:
        """How far a code may be from its number."""
        return max(abs(a - b) for a, b in zip(self.values, self.codes, strict=True))

    def code(self, value: float | Fraction) -> Fraction:
        """Returns the code of one of the numbers."""
        return self.codes[self.place(value)]

    def place(self, value: float | Fraction) -> int:
        """Returns which number it is, in ascending order."""
        return self._places[Fraction(value)]

    @cached_property
    def _places(self) -> dict[Fraction, int]:
        return {value: place for place, value in enumerate(self.values)}


def numbers_of(program: Program, format_: WeightFormat) -> dict[str, Numbers]:
    """Returns the numbers of every numerical variable, which have to be in the format's range."""
    return {
        name: _numbers(program, name, format_)
        for name, variable in program.variables.items()
        if isinstance(variable, Numerical)
    }


def check_halt(program: Program, numbers: Mapping[str, Numbers], format_: WeightFormat) -> None:
    """Checks that the halt value has a code of its own, the one that the model compares with."""
    halt = program.halt
    if halt is None or halt.variable not in numbers:
        return
    # The forward pass compares coordinates with the halt value rounded to the format.
    wanted = Fraction(nearest(float(halt.value), format_.name))  # type: ignore[arg-type]
    held = numbers[halt.variable]
    for value, code in zip(held.values, held.codes, strict=True):
        if (value == Fraction(halt.value)) != (code == wanted):  # type: ignore[arg-type]
            raise ModelError(
                f"the halt value {halt.value!r} of {halt.variable!r}: {format_.name} holds "
                f"{float(value)!r} as {float(code)!r}, which does not tell the two apart; compile "
                "to a finer format, or halt on a categorical variable"
            )


def rounded(program: Program, format_: WeightFormat) -> dict[str, Fraction]:
    """Returns the variables whose numbers a format cannot hold exactly, and by how much at most."""
    held = numbers_of(program, format_)
    return {name: numbers.error for name, numbers in held.items() if numbers.error}


def _numbers(program: Program, name: str, format_: WeightFormat) -> Numbers:
    values = tuple(map(Fraction, program.numbers(name)))
    largest = max(map(abs, values))
    # A write sums the old number, its negative and the new one: less than 4 times the largest.
    if largest > format_.largest / 4:
        raise ModelError(
            f"{name!r} holds {float(largest):g}; {format_.name} holds numbers up to "
            f"{float(format_.largest):g}, and sums need a factor of 4"
        )
    codes = tuple(Fraction(nearest(float(value), format_.name)) for value in values)
    for value, code in zip(values, codes, strict=True):
        if 0 < abs(code) < format_.smallest:
            raise ModelError(
                f"{name!r} holds {float(value)!r}, for which {format_.name} has a subnormal number "
                "only, that hardware may take for 0; use 0 itself, or compile to a format with a "
                "larger range"
            )
    # The look-up computes x - (code of the old number) + (code of the new one), in any order of
    # cells. Every partial sum is a multiple of the grid g, if codes are, and no larger than
    # `reach`. A format of unit u holds all multiples of g up to g/u, so g = 4 u reach leaves two
    # bits over. A variable that no rule writes keeps its first number.
    reach = largest + 2 * sum(map(abs, codes)) + format_.smallest
    grid = power_of_two(reach) * format_.sum_unit * 4
    written = any(not program.is_trap(rule) for rule in program.rules_by_variable[name])
    one_hot = written and len(values) > 1 and any((code / grid).denominator > 1 for code in codes)
    return Numbers(values, codes, one_hot)
