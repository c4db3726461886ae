"""The abstract transformer: what the rules and the means of a slice make of value sets.

A value set is a number with one bit a value, so that unions and intersections are single
operations. Applied to sets, the transformer over-approximates what a layer does to any values in
them (Cousot and Cousot 1977).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product, repeat
from math import lcm, prod
from typing import Final, TypeAlias, final

from alta.lang.rules import Rule
from alta.limit import checkpoint
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.reach.slices import SlicedProgram
from alta_verify.universal import nonempty

__all__ = [
    "UNDEFINED_BIT",
    "AbstractTransformer",
    "Columns",
    "Row",
    "Source",
    "ValueBits",
    "bits_of",
    "values_of",
]

# So many local states are told apart where a variable is written; else all are one.
_CHOICES: Final = 256
# So many pairs of count and sum are told apart where a head averages.
_SUMS: Final = 4096

ValueBits: TypeAlias = int
"""A set of values: bit value + 1, so that bit 0 is UNDEFINED."""

Row: TypeAlias = tuple[ValueBits, ...]
"""The value sets of some names."""

Columns: TypeAlias = dict[str, list[ValueBits]]
"""For each name its value sets, cell by cell."""

UNDEFINED_BIT: ValueBits = 1 << (UNDEFINED_VALUE + 1)


def bits_of(values: Iterable[int]) -> ValueBits:
    """Returns the set of some values."""
    bits = 0
    for value in values:
        bits |= 1 << (value + 1)
    return bits


def values_of(bits: ValueBits) -> Iterator[int]:
    """Yields the values in a set, in ascending order."""
    while bits:
        # The lowest bit that is set.
        low = bits & -bits
        yield low.bit_length() - 2
        bits ^= low


@final
@dataclass(frozen=True, slots=True)
class Source:
    """A group of positions that a head may select.

    Attributes:
        keys: the values that the key can have at them; None where there is no key.
        values: the values that can be read at them.
        number: how many positions they are.
    """

    keys: ValueBits | None
    values: ValueBits
    number: int

    def perhaps(self, asked: ValueBits | None) -> bool:
        """Says whether some of them may be selected."""
        return asked is None or self.keys is None or bool(self.keys & asked)

    def surely(self, asked: ValueBits | None) -> bool:
        """Says whether all of them are selected."""
        return asked is None or self.keys is None or not self.keys & ~asked


@final
class AbstractTransformer:
    """The rules and means of a sliced program over value sets, with the results so far."""

    def __init__(self, program: SlicedProgram) -> None:
        self._program = program
        self._finite = program.finite
        # The same comes up in many cells, layers and Parikh vectors.
        self.initial = cache(self._initial)
        self.asked = cache(self._asked)
        self._write = cache(self._written)
        self._bucket = cache(self._bucket_of)
        self._amounts = cache(self._amounts_of)

    def _initial(self, name: str, token: int, position: int) -> ValueBits:
        """Returns the value that a variable starts with."""
        variable = self._finite.variables[name]
        return bits_of([variable.initial_value(token, position, name=name)])

    def _asked(self, query: str, bits: ValueBits) -> frozenset[ValueBits]:
        """Returns the sets of keys that the values of a query select."""
        keys = self._program.abstraction.keys
        return frozenset(bits_of(keys(query, value)) for value in values_of(bits))

    def write(self, columns: Columns, name: str) -> list[ValueBits]:
        """Returns the value sets of a variable after the MLP, cell by cell."""
        before, tested = columns[name], self._program.tested[name]
        if not self._program.rules[name]:
            return before
        # Of no columns `zip` makes no rows, where every cell has an empty one.
        rows = zip(*(columns[condition] for condition in tested), strict=True)
        cells = zip(before, rows if tested else repeat(()), strict=bool(tested))
        return [self._write(name, old, row) for old, row in cells]

    def _written(self, name: str, old: ValueBits, row: Row) -> ValueBits:
        checkpoint()
        tested = dict(zip(self._program.tested[name], row, strict=True))
        rules = [
            rule
            for rule in self._program.rules[name]
            if all(tested[atom.variable] >> (atom.value + 1) & 1 for atom in rule.atoms)
        ]
        if prod(bits.bit_count() for bits in row) > _CHOICES:
            # Each rule that may fire is taken to fire, and not to fire.
            return old | bits_of(map(self._finite.index_assigned, rules))
        # Exact: all combinations of values of the names that are tested.
        after = 0
        for values in product(*map(values_of, row)):
            after |= self._next(rules, dict(zip(tested, values, strict=True)), name, old)
        return nonempty(after, f"values of {name} after a layer")

    def _next(
        self, rules: list[Rule], local: Mapping[str, int], name: str, old: ValueBits
    ) -> ValueBits:
        fired = [r for r in rules if all(local[atom.variable] == atom.value for atom in r.atoms)]
        # All that fire are taken in: where they differ, the program conflicts in that state.
        if fired:
            return bits_of(map(self._finite.index_assigned, fired))
        return bits_of([local[name]]) if name in local else old

    def means(
        self, name: str, sources: Iterable[Source], asked: ValueBits | None, numbers: range
    ) -> ValueBits:
        """Returns the buckets in which the mean of selected numbers can lie.

        The head selects some keys (None: all) from the sources, and so many of their numbers.
        """
        amounts, unit = self._amounts(name)
        count = total = 0
        sums = {(0, 0)}
        for source in sources:
            if not source.perhaps(asked):
                continue
            choices = [amounts[value] for value in values_of(source.values)]
            surely = source.surely(asked)
            # All positions of the group are selected and hold one number: there is one choice.
            if surely and len(choices) == 1:
                count += source.number
                total += source.number * choices[0]
                continue
            for _ in range(source.number):
                checkpoint()
                # One position more, selected with one of its numbers or, unless it surely is, not.
                selected = {(c + 1, t + x) for c, t in sums for x in choices}
                sums = selected if surely else selected | sums
                if len(sums) > _SUMS:
                    # Too many to tell apart: the mean may lie in any bucket.
                    return bits_of(range(self._finite.domains[name].size))
        buckets = 0
        for c, t in sums:
            # Of nothing there is no mean: then the head is UNDEFINED, as whoever asks adds.
            if count + c and count + c in numbers:
                buckets |= self._bucket(name, total + t, (count + c) * unit)
        return buckets

    def _amounts_of(self, name: str) -> tuple[list[int], int]:
        """Returns the numbers that a head averages as multiples of 1/unit, and the unit."""
        amounts = self._program.abstraction.amounts(name)
        unit = lcm(*(amount.denominator for amount in amounts))
        return [int(amount * unit) for amount in amounts], unit

    def _bucket_of(self, name: str, total: int, count: int) -> ValueBits:
        return bits_of([self._program.abstraction.bucket(name, Fraction(total, count))])
