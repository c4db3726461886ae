"""Threshold gates: sums that are compared with a threshold, as decision diagrams.

A clipped unit whose sum is never strictly between 0 and 1 is 0 or 1: it asks whether a sum of a few
possible amounts reaches 1. Conjunctions, disjunctions and counts are all of that kind, whatever
their weights. The diagram goes through the summands one after another and ends as soon as the rest
cannot change the answer, so that nothing depends on which of them a unit was meant to be. Such
diagrams are known from pseudo-Boolean constraints (Eén and Sörensson, 2006); here a summand may
take more than two amounts, as in a multi-valued decision diagram.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Final, final

from alta.limit import checkpoint

__all__ = ["Branch", "Decide", "Gate", "Summand", "Threshold", "gate"]

# Diagrams with more branches are not drawn.
_LARGEST: Final = 4096

Threshold = Callable[[int, int], bool | None]
"""Says whether every number from the first to the second passes, none does, or (None) neither."""

Decide = Callable[[int], Threshold]
"""Takes a unit and returns the test, of whole numbers of one over that unit."""


@final
@dataclass(frozen=True)
class Summand:
    """A term of a sum that takes one of a few amounts.

    Attributes:
        subject: what it depends on.
        ways: each amount with the values of the subject at which it is taken.
    """

    subject: Hashable
    ways: tuple[tuple[Fraction, frozenset[int]], ...]


@final
class _Whole:
    """A summand in whole numbers of one over a unit."""

    def __init__(self, summand: Summand, unit: int) -> None:
        self.subject = summand.subject
        self.ways = [(_in_units(amount, unit), values) for amount, values in summand.ways]
        self.low = min(amount for amount, _ in self.ways)
        self.high = max(amount for amount, _ in self.ways)


@final
@dataclass(frozen=True)
class Branch:
    """A node of a decision diagram.

    Attributes:
        subject: what decides here.
        ways: for each set of the subject's values, where they lead: an answer, or a later branch.
    """

    subject: Hashable
    ways: tuple[tuple[frozenset[int], bool | int], ...]


@final
@dataclass(frozen=True)
class Gate:
    """A Boolean function of local states.

    Attributes:
        branches: the nodes, each before those that it leads to.
        root: an answer, or the first branch.
    """

    branches: tuple[Branch, ...]
    root: bool | int


def gate(constant: Fraction, summands: Sequence[Summand], decide: Decide) -> Gate | None:
    """Returns the function that says whether a sum of a constant and summands passes a test.

    The summands are independent of one another, as far as is known. None when some sum is neither
    here nor there, or when the diagram would be too large.
    """
    # All amounts are multiples of one over their denominators' least common multiple, so that
    # their sums are sums of whole numbers, exactly.
    amounts = [constant, *(amount for summand in summands for amount, _ in summand.ways)]
    unit = lcm(*(amount.denominator for amount in amounts))
    start, passes = _in_units(constant, unit), decide(unit)
    # The largest steps first, since they decide most.
    ordered = sorted(
        (_Whole(summand, unit) for summand in summands),
        key=lambda summand: summand.low - summand.high,
    )
    # What the summands from some index on add, at least and at most.
    low, high = [0], [0]
    for summand in reversed(ordered):
        low.insert(0, low[0] + summand.low)
        high.insert(0, high[0] + summand.high)
    answer = passes(start + low[0], start + high[0])
    if answer is not None:
        return Gate((), answer)
    branches: list[Branch] = []
    # All sums that are still undecided after some summands, each with its place in the diagram.
    layer = {start: 0}
    for index, summand in enumerate(ordered, 1):
        following: dict[int, int] = {}
        # The branches of the next layer are numbered from where those of this one end.
        end = len(branches) + len(layer)
        checkpoint()
        for before in layer:
            ways: list[tuple[frozenset[int], bool | int]] = []
            for amount, values in summand.ways:
                after = before + amount
                # Lemma 10: the whole sum is between these two, whatever the other summands are.
                answer = passes(after + low[index], after + high[index])
                if answer is not None:
                    ways.append((values, answer))
                elif index == len(ordered):
                    return None
                else:
                    ways.append((values, following.setdefault(after, end + len(following))))
            branches.append(Branch(summand.subject, tuple(ways)))
        if len(branches) + len(following) > _LARGEST:
            return None
        layer = following
    # With no summands the first answer would have been one.
    return Gate(tuple(branches), 0) if branches else None


def _in_units(amount: Fraction, unit: int) -> int:
    """Returns an amount as a multiple of one over a unit, which its denominator divides."""
    return amount.numerator * (unit // amount.denominator)
