"""The abstract transformer: what the rules and the heads of a slice make of value sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import lcm, prod
from typing import Final, TypeAlias, final

from alta.lang.rules import Rule
from alta.limit import checkpoint
from alta_verify.abstraction import Abstraction
from alta_verify.reach.sets.value_bits import Row, ValueBits, bits_of, values_of
from alta_verify.reach.slices import Slice
from alta_verify.universal import nonempty

__all__ = ["AbstractTransformer", "Columns", "Source"]

_CHOICES: Final = 256
"""So many local states are told apart where a variable is written; else all are one."""

_SUMS: Final = 4096
"""So many pairs of count and sum are told apart where a head averages."""

Columns: TypeAlias = dict[str, list[ValueBits]]
"""For each name its value sets, cell by cell."""


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
    """Evaluates the rules and means of a slice over value sets, and remembers the results."""

    def __init__(self, abstraction: Abstraction, slice_: Slice) -> None:
        self.abstraction = abstraction
        self.program = program = abstraction.finite
        self.partly = slice_.defined
        self.variables = [name for name in program.variables if name in slice_]
        self.heads = {
            name: head
            for name, head in program.heads.items()
            if name in slice_ or name in slice_.defined
        }
        self.names = (*self.variables, *self.heads)
        self._rules = {
            name: tuple(rule for rule in rules if not program.is_trap(rule))
            for name, rules in program.rules_by_variable.items()
        }
        self._tested = {
            name: tuple({atom.variable: None for rule in rules for atom in rule.atoms})
            for name, rules in self._rules.items()
        }
        self._initial: dict[tuple[str, int, int], ValueBits] = {}
        self._written: dict[tuple[str, ValueBits, Row], ValueBits] = {}
        self._asked: dict[tuple[str, ValueBits], frozenset[ValueBits]] = {}
        self._buckets: dict[tuple[str, int, int], ValueBits] = {}
        self._integers: dict[str, tuple[list[int], int]] = {}

    def alike(self) -> dict[int, int]:
        """Maps each token to the first one with which all variables start alike.

        A run of the slice depends on tokens through these first values alone, so that inputs that
        differ in tokens that are alike have the same run.
        """
        by_token = [
            variable
            for name, variable in self.program.variables.items()
            if name in self.variables and variable.initial.source == "token"
        ]
        first: dict[tuple[int, ...], int] = {}
        return {
            token: first.setdefault(
                tuple(variable.initial_value(token, 0, name="") for variable in by_token), token
            )
            for token in range(self.program.input_range)
        }

    def initial(self, name: str, token: int, position: int) -> ValueBits:
        """Returns the value that a variable starts with."""
        key = (name, token, position)
        if key not in self._initial:
            variable = self.program.variables[name]
            self._initial[key] = bits_of([variable.initial_value(token, position, name=name)])
        return self._initial[key]

    def asked(self, query: str, mask: ValueBits) -> frozenset[ValueBits]:
        """Returns the sets of keys that the values of a query select."""
        if (query, mask) not in self._asked:
            self._asked[query, mask] = frozenset(
                bits_of(self.abstraction.keys(query, value)) for value in values_of(mask)
            )
        return self._asked[query, mask]

    def write(self, columns: Columns, name: str) -> list[ValueBits]:
        """Returns the value sets of a variable after the MLP, cell by cell."""
        own = columns[name]
        tested = self._tested[name]
        if not self._rules[name]:
            return own
        if not tested:
            return [self._write(name, old, ()) for old in own]
        written, after = self._written, []
        for old, row in zip(own, zip(*(columns[one] for one in tested), strict=True), strict=True):
            key = (name, old, row)
            if key not in written:
                written[key] = self._write(name, old, row)
            after.append(written[key])
        return after

    def _write(self, name: str, old: ValueBits, row: Row) -> ValueBits:
        checkpoint()
        tested = dict(zip(self._tested[name], row, strict=True))
        rules = [
            rule
            for rule in self._rules[name]
            if all(tested[atom.variable] >> (atom.value + 1) & 1 for atom in rule.atoms)
        ]
        if prod(mask.bit_count() for mask in row) > _CHOICES:
            return old | bits_of(map(self.program.index_assigned, rules))
        found = 0
        for values in product(*map(values_of, row)):
            found |= self._next(rules, dict(zip(tested, values, strict=True)), name, old)
        return nonempty(found, f"values of {name} after a layer")

    def _next(
        self, rules: list[Rule], local: Mapping[str, int], name: str, old: ValueBits
    ) -> ValueBits:
        fired = [r for r in rules if all(local[atom.variable] == atom.value for atom in r.atoms)]
        if fired:
            return bits_of(map(self.program.index_assigned, fired))
        return bits_of([local[name]]) if name in local else old

    def means(
        self, name: str, sources: Iterable[Source], asked: ValueBits | None, least: int, most: int
    ) -> ValueBits:
        """Returns the buckets in which the mean of `least` to `most` selected numbers can lie."""
        amounts, unit = self._amounts(name)
        count = total = 0
        sums = {(0, 0)}
        for source in sources:
            if not source.perhaps(asked):
                continue
            choices = [amounts[value] for value in values_of(source.values)]
            surely = source.surely(asked)
            if surely and len(choices) == 1:
                count += source.number
                total += source.number * choices[0]
                continue
            for _ in range(source.number):
                checkpoint()
                more = {(c + 1, t + x) for c, t in sums for x in choices}
                sums = more if surely else more | sums
                if len(sums) > _SUMS:
                    return bits_of(range(self.program.domains[name].size))
        found = 0
        for c, t in sums:
            if max(1, least) <= count + c <= most:
                found |= self._bucket(name, total + t, (count + c) * unit)
        return found

    def _amounts(self, name: str) -> tuple[list[int], int]:
        """Returns the numbers that a head averages as multiples of 1/unit, and the unit."""
        if name not in self._integers:
            amounts = self.abstraction.amounts(name)
            unit = lcm(*(amount.denominator for amount in amounts))
            self._integers[name] = [int(amount * unit) for amount in amounts], unit
        return self._integers[name]

    def _bucket(self, name: str, total: int, count: int) -> ValueBits:
        key = (name, total, count)
        if key not in self._buckets:
            self._buckets[key] = bits_of([self.abstraction.bucket(name, Fraction(total, count))])
        return self._buckets[key]
