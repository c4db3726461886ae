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
from alta_verify.check.program import UNDEFINED, Program, Rule, ValueBits, bits_of, indices
from alta_verify.check.refused import Refused, nonempty

__all__ = ["Pattern", "Row", "ValueSets", "described", "may_fire", "may_matter"]

Row: TypeAlias = Mapping[str, ValueBits]
"""For each name the values that it can have after attention, at one position."""

Pattern: TypeAlias = Mapping[str, ValueBits]
"""The states of a position after attention in which each of these names has one of its values."""


def may_fire(rule: Rule, row: Row) -> bool:
    """Says whether some state of a row lets a rule fire."""
    return all(row[name] & bits for name, bits in rule.tests.items())


def may_matter(rule: Rule, row: Row) -> bool:
    """Says whether a rule fires, or depends on something UNDEFINED, in some state of a row."""
    return all(row[name] & (bits | UNDEFINED) for name, bits in rule.tests.items())


def described(pattern: Pattern) -> str:
    """Returns a pattern in words, with -1 for UNDEFINED."""
    tests = (f"{name} is in {list(indices(bits))}" for name, bits in pattern.items())
    return " and ".join(tests) or "any state"


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
        """Checks that rows hold at the start, of tokens that are live by length, and are closed."""
        if len(rows) != max(live) or any(row.keys() != set(program.names) for row in rows):
            raise Refused(
                f"value sets: expected a row a position, {max(live)} of them with a set for each "
                f"name, got {len(rows)} rows"
            )
        # Variables are never UNDEFINED: they start with a value and are assigned values only.
        possible = {name: bits_of(range(-1, size)) for name, size in program.sizes.items()}
        possible |= {name: possible[name] & ~UNDEFINED for name in program.variables}
        for name, bits in ((name, bits) for row in rows for name, bits in row.items()):
            if bits & ~possible[name]:
                raise Refused(
                    f"value sets: expected indices of values of {name}, which has "
                    f"{program.sizes[name]}, got {list(indices(bits & ~possible[name]))[:5]}"
                )
        self.rows = rows
        self._program = program
        self._lengths = sorted(live)
        for position in range(len(rows)):
            self._check_start(
                position, {t for p in live.values() if position < len(p) for t in p[position]}
            )
            self._check_closed(position)

    # Lemma 4: sets with all initial values that are closed under heads and rules have, in every
    # run, every value of every layer.

    def _check_start(self, position: int, tokens: set[int]) -> None:
        # Lemma 12: some input has this position. So every set has a value, with which a variable
        # starts, or that a head gives, as `read` refuses to give nothing.
        nonempty(tokens, f"tokens at position {position}")
        for name, variable in self._program.variables.items():
            for token in tokens:
                self._expect(1 << (variable.start(token, position) + 1), name, position)

    def _check_closed(self, position: int) -> None:
        for name in self._program.heads:
            self._expect(self._read(name, position), name, position)
        for name, rules in self._program.rules.items():
            for rule in rules:
                if rule.value is not None and may_fire(rule, self.rows[position]):
                    self._expect(1 << (rule.value + 1), name, position)

    def _expect(self, values: ValueBits, name: str, position: int) -> None:
        if missing := values & ~self.rows[position][name]:
            raise Refused(
                f"value sets: {name} at position {position} can have other values, "
                f"{list(indices(missing))[:5]}, expected only those of its set, "
                f"{list(indices(self.rows[position][name]))[:20]}"
            )

    def _read(self, name: str, position: int) -> ValueBits:
        """Returns what a head can give at a position, in inputs of any length."""
        head = self._program.heads[name]
        # The row of position p holds for all lengths that have it, so it is of every longer input.
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
        return any(all(row[name] & bits for name, bits in pattern.items()) for row in self.rows)

    def suspects(self, failure: str) -> Iterator[tuple[str, Pattern]]:
        """Yields each way to fail that there could be, in words and as a pattern."""
        for rules in self._program.rules.values():
            # The three ways in which a run can fail, of every rule and every pair of rules.
            alive = [rule for rule in rules if any(may_matter(rule, row) for row in self.rows)]
            if failure == "conflict":
                # Pairs grow with the square of the number of rules, which is why only rules that
                # may matter in some row are paired.
                for first, second in combinations(alive, 2):
                    if (overlap := _overlap(first, second)) is not None:
                        yield f"'{first.text}' and '{second.text}' fire together", overlap
            for rule in alive:
                if failure == "range" and rule.value is None:
                    yield f"'{rule.text}' is out of range", rule.tests
                for culprit in rule.tests if failure == "undefined" else ():
                    weaker = {name: bits | UNDEFINED for name, bits in rule.tests.items()}
                    yield (
                        f"'{rule.text}' reads {culprit}, which is UNDEFINED",
                        weaker | {culprit: UNDEFINED},
                    )


def _overlap(first: Rule, second: Rule) -> Pattern | None:
    """Returns the states in which both rules fire; None if they test a name differently."""
    overlap = {**first.tests}
    for name, bits in second.tests.items():
        overlap[name] = overlap.get(name, bits) & bits
    return overlap if all(overlap.values()) else None
