"""VNN-LIB: a query about a network, in version 1.0 and in version 2.0 of the language.

A query asks for an input in some boxes whose output is outside of another box by more than a
margin; that there is none is what the obligation says, but for the margin. Solvers compute in
floating point, and could not tell less apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from alta_verify.exchange.transitions import Box, Group

__all__ = ["MARGIN", "version_1", "version_2"]

MARGIN: Final = Fraction(1, 1 << 10)
"""By how much an output has to leave its box."""

_Name = Callable[[int], str]


def version_1(group: Group, comments: Sequence[str]) -> str:
    """Returns the query in VNN-LIB 1.0, which is SMT-LIB with names for inputs and outputs."""
    width = len(group.states[0])
    lines = [f"; {comment}" for comment in comments]
    lines += [f"(declare-const X_{index} Real)" for index in range(width)]
    lines += [f"(declare-const Y_{index} Real)" for index in range(len(group.after))]
    lines += _assertions(group, lambda index: f"X_{index}", lambda index: f"Y_{index}")
    return "\n".join(lines) + "\n"


def version_2(group: Group, comments: Sequence[str], dtype: str) -> str:
    """Returns the query in VNN-LIB 2.0, which declares the network."""
    shapes = f"[1, {len(group.states[0])}]", f"[1, {len(group.after)}]"
    lines = [f"; {comment}" for comment in comments]
    lines += [
        "(vnnlib-version <2.0>)",
        "(declare-network block",
        f"    (declare-input X {dtype} {shapes[0]})",
        f"    (declare-output Y {dtype} {shapes[1]})",
        ")",
    ]
    lines += _assertions(group, lambda index: f"X[0, {index}]", lambda index: f"Y[0, {index}]")
    return "\n".join(lines) + "\n"


def _assertions(group: Group, x: _Name, y: _Name) -> Iterator[str]:
    # Each state has all of its coordinates, as readers of boxes expect it.
    cases = [
        [bound for i, ends in enumerate(box) for bound in _within(x(i), ends)]
        for box in group.states
    ]
    if len(cases) == 1:
        yield from (f"(assert {bound})" for bound in cases[0])
    else:
        boxes = [f"(and {' '.join(case)})" for case in cases]
        yield f"(assert (or {' '.join(boxes)}))"
    yield f"(assert (or {' '.join(_outside(group.after, y))}))"


def _within(name: str, bounds: tuple[Fraction, Fraction]) -> tuple[str, str]:
    # Rounded outward: a larger box has no fewer counterexamples.
    return f"(>= {name} {_decimal(bounds[0], -1)})", f"(<= {name} {_decimal(bounds[1], 1)})"


def _outside(box: Box, y: _Name) -> Iterator[str]:
    for index, (low, high) in enumerate(box):
        yield f"(<= {y(index)} {_decimal(low - MARGIN, 0)})"
        yield f"(>= {y(index)} {_decimal(high + MARGIN, 0)})"


def _decimal(number: Fraction, direction: int) -> str:
    """Returns a number as a decimal: exactly that of a float, at least as far to one side."""
    near = float(number)
    if (Fraction(near) - number) * direction < 0:
        near = math.nextafter(near, math.inf * direction)
    # All digits of a float are few enough, and no exponent is in the language.
    return f"{Decimal(near):f}" if Decimal(near) % 1 else f"{Decimal(near):.1f}"
