"""Value sets: checks that rows of values, one a position, hold whatever happens in any run.

They are closed under everything that a layer does, so they hold after any number of layers. What a
head can give, when only sets of its inputs are known, is the same for these and for runs of slices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import combinations
from operator import or_
from typing import Final, TypeAlias, final

from alta_verify.check.program import UNDEFINED, Program, ValueBits, bits_of, indices
from alta_verify.check.refused import Refused, nonempty

__all__ = [
    "DEFINED",
    "Live",
    "Pattern",
    "Row",
    "Rows",
    "Source",
    "ValueSets",
    "described",
    "meets",
    "read",
]

Live: TypeAlias = Mapping[int, Sequence[frozenset[int]]]
"""For each length of an input, the tokens that it can have at each position."""

Row: TypeAlias = Mapping[str, ValueBits]
"""For each name the values that it can have after attention, at one position."""

Pattern: TypeAlias = Mapping[str, ValueBits]
"""The states of a position after attention in which each of these names has one of its values."""


def meets(pattern: Pattern, row: Row) -> bool:
    """Says whether some state of a row has a pattern."""
    return all(row[name] & bits for name, bits in pattern.items())


def described(pattern: Pattern) -> str:
    """Returns a pattern in words, with -1 for UNDEFINED."""
    tests = (f"{name} is in {list(indices(bits))}" for name, bits in pattern.items())
    return " and ".join(tests) or "any state"


DEFINED: Final[ValueBits] = 2  # any value of a head of which only this much is known

# So many sums are told apart where a head averages; with more, any bucket is possible.
_SUMS: Final = 4096


@final
@dataclass(frozen=True)
class Source:
    """A group of positions that a head may select."""

    keys: ValueBits  # the values that the key can have at them
    values: ValueBits  # the values that can be read at them
    number: int  # how many positions they are
    certain: bool = True  # whether every input is sure to have them

    def perhaps(self, asked: ValueBits | None) -> bool:
        """Says whether some of them may be selected; None asks for all."""
        return asked is None or bool(self.keys & asked)

    def surely(self, asked: ValueBits | None) -> bool:
        """Says whether all of them are selected."""
        return self.certain and (asked is None or not self.keys & ~asked)


def read(
    program: Program,
    head: str,
    query: ValueBits,
    views: Sequence[Sequence[Source]],
    *,
    definedness: bool = False,
) -> ValueBits:
    """Returns what a head can give at one position, of the values that its query can have.

    Views are ways of grouping the positions that its mask allows; each has all of them, and what
    all of them together leave possible is possible. With `definedness` it only matters if the head
    is UNDEFINED; then it gives `DEFINED`.
    """
    name = program.heads[head].query
    # Values that ask for the same keys are one case; without a query every position is selected.
    cases = {None} if name is None else {program.asked(name, index) for index in indices(query)}
    answers = 0
    for asked in cases:
        answers |= _answer(program, head, asked, views, definedness)
    if not answers:
        raise Refused(
            f"{head} can give nothing, which cannot be: its query can be one of "
            f"{list(indices(query))}, expected a value, or UNDEFINED, for some of them"
        )
    return answers


def _answer(
    program: Program,
    head: str,
    asked: ValueBits | None,
    views: Sequence[Sequence[Source]],
    definedness: bool,
) -> ValueBits:
    """Returns what a head can give where it selects the keys that are asked for."""
    # Lemma 5 (counting): in every view, positions whose keys are all asked for are selected, and
    # those with no such key are not. So numbers of selected positions and values read are in all
    # bounds. -1 has all bits: before the first view nothing is excluded.
    low, high, values = 0, sum(source.number for source in views[0]), -1
    for view in views:
        selectable = [source for source in view if source.perhaps(asked)]
        low = max(low, sum(source.number for source in selectable if source.surely(asked)))
        high = min(high, sum(source.number for source in selectable))
        readable = 0
        for source in selectable:
            readable |= source.values
        values &= readable
    if definedness:
        values = DEFINED
    # One position is read if exactly one is selected; none or several leave the head UNDEFINED.
    if program.heads[head].edges is None:
        answers = values if low <= 1 <= high else 0
        return answers if low == high == 1 else answers | UNDEFINED
    # A mean is UNDEFINED only where nothing is selected, as several numbers have a mean.
    answers = 0 if low else UNDEFINED
    if not high:
        return answers
    if definedness:
        return answers | DEFINED
    buckets = -1
    for view in views:
        buckets &= _means(program, head, asked, view, low, high)
        # The bucket of the true mean is in the set of every view: if one is left, it is that one.
        if buckets.bit_count() == 1:
            break
    return answers | buckets


def _means(
    program: Program,
    head: str,
    asked: ValueBits | None,
    view: Iterable[Source],
    low: int,
    high: int,
) -> ValueBits:
    """Returns the buckets of the means of `low` to `high` selected numbers."""
    # Whole numbers, which are multiplied by one unit, add up faster.
    amounts, unit = program.variables[program.heads[head].value].amounts
    # Positions that are selected for sure and have one value add up once and for all; every other
    # one doubles the sums that there may be, or does so for each of its values.
    sure_count = sure_total = 0
    sums = {(0, 0)}
    for source in view:
        if not source.perhaps(asked):
            continue
        choices = [amounts[index] for index in indices(source.values)]
        surely = source.surely(asked)
        if surely and len(choices) == 1:
            sure_count += source.number
            sure_total += source.number * choices[0]
            continue
        for _ in range(source.number):
            # Pairs of a number of summands and their sum are all that a mean depends on: there are
            # far fewer of them than of selections.
            longer = {(count + 1, total + x) for count, total in sums for x in choices}
            sums = longer if surely else longer | sums
            if len(sums) > _SUMS:
                return bits_of(range(program.heads[head].size))
    return bits_of(
        program.heads[head].bucket(sure_total + total, (sure_count + count) * unit)
        for count, total in sums
        if max(1, low) <= sure_count + count <= high
    )


class Rows:
    """Values that names have after attention: at every position in every layer, some of a row."""

    def __init__(self, program: Program, rows: Sequence[Row]) -> None:
        self.program, self.rows = program, rows

    @cached_property
    def anywhere(self) -> Row:
        """The values that each name can have at some position."""
        return {name: reduce(or_, (row[name] for row in self.rows)) for name in self.rows[0]}

    def may_meet(self, pattern: Pattern) -> bool:
        """Says whether the rows leave a pattern possible."""
        return any(meets(pattern, row) for row in self.rows)

    def suspects(self, failure: str) -> Iterator[tuple[str, Pattern]]:
        """Yields each way to fail that there could be, in words and as a pattern."""
        for rules in self.program.rules.values():
            # The three ways in which a run can fail, of every rule and every pair of rules.
            alive = [rule for rule in rules if self.may_meet(rule.weakened)]
            if failure == "conflict":
                # Pairs grow with the square of the rules, so only those that may matter are paired.
                for first, second in combinations(alive, 2):
                    names = {**first.tests, **second.tests}
                    overlap = {n: first.tests.get(n, -1) & second.tests.get(n, -1) for n in names}
                    # Rules that test a name differently do not.
                    if all(overlap.values()):
                        yield f"'{first.text}' and '{second.text}' fire together", overlap
            for rule in alive:
                if failure == "range" and rule.value is None:
                    yield f"'{rule.text}' is out of range", rule.tests
                for culprit in rule.tests if failure == "undefined" else ():
                    event = f"'{rule.text}' reads {culprit}, which is UNDEFINED"
                    yield event, {**rule.weakened, culprit: UNDEFINED}


@final
class ValueSets(Rows):
    """The rows that were checked, one a position."""

    def __init__(self, program: Program, live: Live, rows: Sequence[Row]) -> None:
        """Checks that rows hold at the start, of tokens that are live by length, and are closed."""
        if len(rows) != max(live) or any(row.keys() != set(program.names) for row in rows):
            raise Refused(
                f"value sets: expected a row a position, {max(live)} of them with a set for each "
                f"name, got {len(rows)} rows"
            )
        super().__init__(program, rows)
        self._lengths = sorted(live)
        for position in range(len(rows)):
            self._check(
                position, {t for p in live.values() if position < len(p) for t in p[position]}
            )

    def _check(self, position: int, tokens: set[int]) -> None:
        # Lemma 4: sets with all initial values that are closed under heads and rules have, in every
        # run, every value of every layer.
        # Lemma 12: some input has this position. So every set has a value, with which a variable
        # starts, or that a head gives, as `read` refuses to give nothing.
        nonempty(tokens, f"tokens at position {position}")
        for name, variable in self.program.variables.items():
            for token in tokens:
                self._expect(1 << (variable.start(token, position) + 1), name, position)
        for name in self.program.heads:
            self._expect(self._read(name, position), name, position)
        for name, rules in self.program.rules.items():
            for rule in rules:
                if rule.value is not None and meets(rule.tests, self.rows[position]):
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
        head = self.program.heads[name]
        # The row of position p holds for all lengths that have it, so it is of every longer input.
        # Positions before the end of the shortest input that has this one are there for sure.
        sure = next(length for length in self._lengths if length > position)
        sources = [
            Source(row[head.value if head.key is None else head.key], row[head.value], 1, j < sure)
            for j, row in enumerate(self.rows)
            if head.mask.allows(j - position)
        ]
        query = 0 if head.query is None else self.rows[position][head.query]
        return read(self.program, name, query, [sources])
