"""Sums written out value by value: folds of their terms, as counters and carries are."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from math import gcd
from typing import Any, Final, final

from alta.lang.diagrams import key_of
from alta.lang.domain import NotFollowed
from alta.limit import checkpoint
from alta_verify.reach.symbolic.graph import TRUE, Graph, Literal, possible
from alta_verify.reading.values import Number, Scalars

__all__ = ["MOST_VALUES", "Sums", "ends_of", "scalars_of"]

MOST_VALUES: Final = 4096
"""A number is written out value by value with at most so many."""

_Sums = dict[int, Literal]


def scalars_of(graph: Graph, cases: Iterable[tuple[Any, Literal]]) -> Any:
    """Returns one of several values; a value itself, where no other is left."""
    values: dict[Any, Any] = {}
    guards = []
    for value, guard in cases:
        key = key_of(value)
        values[key] = value
        guards.append((key, guard))
    summary = graph.union(guards)
    if len(summary) == 1:
        # On all inputs on which it is anything it is that.
        return values[next(iter(summary))]
    return Scalars(tuple((values[key], guard) for key, guard in summary.items()))


@final
class Sums:
    """The sums of one graph, value by value; equal beginnings are folded once."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._folds: dict[tuple[int, int, int, Any], tuple[int, _Sums]] = {}

    def can_fold(self, number: Number) -> bool:
        """Whether a number has few enough values to be written out."""
        low, high = ends_of(0, number.terms)
        step = reduce(gcd, (a for a, _ in number.terms), 0) or 1
        combinations = 1
        for _, atom in number.terms:
            combinations *= len(atom.cases)
            if combinations > MOST_VALUES:
                break
        return min(combinations, (high - low) // step + 1) <= MOST_VALUES

    def fold(self, number: Number, modulus: int = 0) -> _Sums:
        """Returns the inputs on which a sum is each of its values, or each of its remainders."""
        graph = self._graph
        offset = number.constant
        count, sums = 0, {0: TRUE}
        for factor, atom in number.terms:
            a = factor % modulus if modulus else factor
            if not a:
                continue
            key = (modulus, count, a, atom.key)
            if key not in self._folds:
                checkpoint()
                folded: _Sums = graph.union(
                    (
                        (s + a * v) % modulus if modulus else s + a * v,
                        graph.and_(guard, holds),
                    )
                    for s, guard in sums.items()
                    for v, holds in atom.cases
                )
                if len(folded) > MOST_VALUES:
                    raise NotFollowed(
                        f"a number of more than {MOST_VALUES:,} values is used where each of them "
                        "has to be looked at"
                    )
                # A number for each beginning: its terms, and what it is taken modulo.
                self._folds[key] = (len(self._folds) + 1, folded)
            count, sums = self._folds[key]
        if modulus:
            return possible({(s + offset) % modulus: guard for s, guard in sums.items()})
        # What is not within the bounds is not so on any input on which the number means something.
        lower, upper = number.lower - offset, number.upper - offset
        return possible({s + offset: g for s, g in sums.items() if lower <= s <= upper})


def ends_of(constant: int, terms: Iterable[tuple[int, Scalars]]) -> tuple[int, int]:
    """Returns bounds of a sum."""
    lower = upper = constant
    for factor, atom in terms:
        values = [factor * value for value, _ in atom.cases]
        lower, upper = lower + min(values), upper + max(values)
    return lower, upper
