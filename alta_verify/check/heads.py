"""Heads over sets of values: what a head can give, when only sets of its inputs are known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, final

from alta_verify.check.program import UNDEFINED, Program, ValueBits, bits_of, indices
from alta_verify.check.refused import Refused

__all__ = ["DEFINED", "Source", "asked_by", "read"]

DEFINED: Final[ValueBits] = 2
"""Stands for any value of a head of which only this much is known."""

# So many sums are told apart where a head averages; with more, any bucket is possible.
_SUMS: Final = 4096


@final
@dataclass(frozen=True)
class Source:
    """A group of positions that a head may select.

    Attributes:
        keys: the values that the key can have at them.
        values: the values that can be read at them.
        number: how many positions they are.
        certain: whether every input is sure to have them.
    """

    keys: ValueBits
    values: ValueBits
    number: int
    certain: bool = True

    def perhaps(self, asked: ValueBits | None) -> bool:
        """Says whether some of them may be selected; None asks for all."""
        return asked is None or bool(self.keys & asked)

    def surely(self, asked: ValueBits | None) -> bool:
        """Says whether all of them are selected."""
        return self.certain and (asked is None or not self.keys & ~asked)


def asked_by(program: Program, head: str, query: ValueBits) -> list[ValueBits | None]:
    """Returns the sets of keys, one of which is selected; None selects every position."""
    name = program.heads[head].query
    if name is None:
        return [None]
    # Values that ask for the same keys are one case.
    return list({program.asked(name, index) for index in indices(query)})


def read(
    program: Program,
    head: str,
    query: ValueBits,
    views: Sequence[Sequence[Source]],
    *,
    definedness: bool = False,
) -> ValueBits:
    """Returns what a head can give at one position.

    Args:
        program: the program.
        head: the head's name.
        query: the values that its query can have.
        views: ways of grouping the positions that its mask allows; each has all of them, and what
            all of them together leave possible is possible.
        definedness: whether it only matters if it is UNDEFINED; then it gives `DEFINED`.
    """
    answers = 0
    for asked in asked_by(program, head, query):
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
    amounts, unit = program.amounts(head)
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
