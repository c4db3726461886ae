"""Value sets: checks that rows of values, one a position, hold whatever happens in any run.

They are closed under everything that a layer does, so they hold after any number of layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import combinations
from operator import or_
from typing import TypeAlias, final

from alta_verify.check.heads import Source, read
from alta_verify.check.program import UNDEFINED, Mask, Program, Rule, mask_of
from alta_verify.check.refused import Refused
from alta_verify.check.universal import nonempty

__all__ = ["Pattern", "Row", "ValueSets", "may_fire"]

Row: TypeAlias = Mapping[str, Mask]
"""For each name the values that it can have after attention, at one position."""

Pattern: TypeAlias = Mapping[str, Mask]
"""The states of a position after attention in which each of these names has one of its values."""


def may_fire(rule: Rule, row: Row) -> bool:
    """Says whether some state of a row lets a rule fire."""
    return all(row[name] & mask for name, mask in rule.tests.items())


@final
class ValueSets:
    """The rows that were checked.

    Attributes:
        rows: a row a position.
    """

    def __init__(
        self,
        program: Program,
        live: Mapping[int, Sequence[frozenset[int]]],
        rows: Sequence[Row],
    ) -> None:
        """Checks that they hold at the start and are closed.

        Args:
            program: the program.
            live: for each length, the tokens that there can be at each position.
            rows: the rows, of which position p of all lengths has row p.
        """
        if len(rows) != max(live) or any(row.keys() != set(program.names) for row in rows):
            raise Refused("value sets: expected a row a position, with a set for each name")
        known = {name: mask_of(range(len(v.values))) for name, v in program.variables.items()}
        known |= {name: mask_of(range(-1, head.size)) for name, head in program.heads.items()}
        if any(mask & ~known[name] for row in rows for name, mask in row.items()):
            raise Refused("value sets: expected indices of values")
        self.rows = rows
        self._program = program
        self._lengths = sorted(live)
        for position, row in enumerate(rows):
            tokens = {t for own in live.values() if position < len(own) for t in own[position]}
            # Not empty: some input has this position. So every set has a value, with which a
            # variable starts, or that a head gives, as `read` refuses to give nothing.
            nonempty(tokens, f"tokens at position {position}")
            for name, variable in program.variables.items():
                for token in tokens:
                    self._expect(1 << (variable.start(token, position) + 1), name, position)
            for name in program.heads:
                self._expect(self._read(name, position), name, position)
            for own_rules in program.rules.values():
                for rule in own_rules:
                    if rule.value is not None and may_fire(rule, row):
                        self._expect(1 << (rule.value + 1), rule.variable, position)

    def _expect(self, values: Mask, name: str, position: int) -> None:
        if values & ~self.rows[position][name]:
            raise Refused(f"value sets: {name} at position {position} can have other values")

    def _read(self, name: str, position: int) -> Mask:
        """Returns what a head can give at a position, in inputs of any length."""
        head = self._program.heads[name]
        # Positions before the end of the shortest input that has this one are there for sure.
        sure = next(length for length in self._lengths if length > position)
        sources = [
            Source(row[head.value if head.key is None else head.key], row[head.value], 1, j < sure)
            for j, row in enumerate(self.rows)
            if head.mask is None or j - position in head.mask
        ]
        query = 0 if head.query is None else self.rows[position][head.query]
        return read(self._program, name, query, [sources])

    @property
    def anywhere(self) -> Row:
        """The values that each name can have at some position."""
        return {name: reduce(or_, (row[name] for row in self.rows)) for name in self.rows[0]}

    def may_meet(self, pattern: Pattern) -> bool:
        """Says whether the rows leave a pattern possible."""
        return any(all(row[name] & mask for name, mask in pattern.items()) for row in self.rows)

    def suspects(self, kind: str) -> Iterator[tuple[str, Pattern]]:
        """Yields what could go wrong, in words and as a pattern, unless it is shown not to occur.

        Args:
            kind: "conflict", "range" or "undefined".
        """
        for rules in self._program.rules.values():
            alive = [rule for rule in rules if any(_may_matter(rule, row) for row in self.rows)]
            if kind == "conflict":
                for one, other in combinations(alive, 2):
                    if not _exclude(one, other):
                        yield f"'{one.text}' and '{other.text}' fire together", _both(one, other)
            for rule in alive:
                if kind == "range" and rule.value is None:
                    yield f"'{rule.text}' is out of range", rule.tests
                for culprit in rule.tests if kind == "undefined" else ():
                    others = {name: mask | UNDEFINED for name, mask in rule.tests.items()}
                    yield (
                        f"'{rule.text}' reads {culprit}, which is UNDEFINED",
                        others | {culprit: UNDEFINED},
                    )


def _may_matter(rule: Rule, row: Row) -> bool:
    return all(row[name] & (mask | UNDEFINED) for name, mask in rule.tests.items())


def _exclude(one: Rule, other: Rule) -> bool:
    """Says whether two rules test a name for different values."""
    return any(not mask & other.tests.get(name, -1) for name, mask in one.tests.items())


def _both(one: Rule, other: Rule) -> Pattern:
    """Returns the states in which both rules fire."""
    names = one.tests.keys() | other.tests.keys()
    return {name: one.tests.get(name, -1) & other.tests.get(name, -1) for name in names}
