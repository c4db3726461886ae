"""The schedule: in which order obligations are attempted, and how much of the time each may take.

What is cheap comes first, so that a short limit still shows it. Each obligation may take a share of
the time that is left, so that none keeps the others from their turn; what it does not need is left
to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from alta_verify.obligation import Obligation
from alta_verify.prove.theorem import SAMPLING, Kind

__all__ = ["in_turn"]


def in_turn(
    obligations: Iterable[Obligation],
    kinds: Mapping[str, Kind[Any]],
    late: Callable[[], Iterable[Obligation]],
    work: Callable[[Obligation], int] = lambda _: 0,
) -> Iterator[tuple[Obligation, Fraction]]:
    """Yields obligations in their order, each with the part of the time left that it may take.

    Most of one kind have equal shares of it, and so have all later kinds together. Those for which
    that was too little come again, when all had their turn, and may take all that is left.

    Args:
        obligations: what is attempted.
        kinds: the table of their kinds, in the order of their turns.
        late: says, after all had their turn, which come again.
        work: tells which of one kind take longer than others.
    """
    order = list(kinds)

    def turn(obligation: Obligation) -> tuple[int, int]:
        return order.index(obligation.kind), work(obligation)

    ordered = sorted(obligations, key=turn)
    left = Counter(obligation.kind for obligation in ordered)
    for index, obligation in enumerate(ordered):
        alike, part = left[obligation.kind], kinds[obligation.kind].part
        # Where no later kind is left, those of this one share all the time among themselves.
        last = alike == len(ordered) - index
        # With k of this kind left, and later kinds counting as one, each takes 1/(k + 1) of what is
        # left: if all take their shares in full, the shares are equal.
        equal = Fraction(1, alike if last else alike + 1)
        yield obligation, equal if part is None else part
        left[obligation.kind] -= 1
    # Nothing rests on sampling.
    for obligation in sorted(late(), key=lambda obligation: obligation.kind == SAMPLING):
        yield obligation, Fraction(1)
