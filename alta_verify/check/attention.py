"""Attention: what each head adds to the residual stream, and that softmax selects as it should.

Before a layer every variable's coordinates are exactly the code of its value, and those of head
outputs are 0. Scores have to be exact; what a head reads may be anything near the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import chain, pairwise
from typing import Final, TypeAlias, final

from alta_verify.check.averages import means
from alta_verify.check.numbers import (
    ZERO,
    Format,
    Interval,
    Span,
    check_size,
    hull,
    is_power_of_two,
    point,
    power,
    storing_slack,
    sum_slack,
)
from alta_verify.check.program import Program, indices
from alta_verify.check.refused import Refused
from alta_verify.check.value_sets import Row
from alta_verify.check.weights import Matrix, Model

__all__ = ["UNDEFINED_INDEX", "Attention", "HeadOutput"]

UNDEFINED_INDEX: Final = -1

# Computed weights of up to 2^14 positions sum to less than this, however they are rounded.
_STRETCH: Final = 1 + Fraction(1, 64)

_LONGEST: Final = 1 << 14

_ZERO: Final = Fraction(0)

# By index of a value, the units that are not 0.
_Vectors: TypeAlias = dict[int, dict[int, Fraction]]


@final
@dataclass(frozen=True)
class HeadOutput:
    """The coordinates of a head, by index: of what is read alone, or of the means in a bucket."""

    codes: Mapping[int, tuple[Interval, ...]]  # for UNDEFINED_INDEX, those in all other cases
    floor: Fraction | None  # the least computed coordinate that is not 0, where that is known


@final
@dataclass(frozen=True)
class Attention:
    """The heads of a model, which read the codes of the values that occur."""

    program: Program
    model: Model
    occurring: Row
    format: Format

    def gap(self, name: str) -> Fraction | None:
        """Checks that a key that is selected alone has all the weight, and returns the score gap.

        Any two scores of one query are equal or so far apart that the exponential is 0, and those
        that are selected are above the others. None: there is nothing to tell apart.
        """
        head, weights = self.program.heads[name], self.model.heads[name]
        if head.query is None or head.key is None:
            self._check_no_scores(name)
            return None
        queries = self._projected(name, head.query, weights.query)
        keys = self._projected(name, head.key, weights.key)
        # One bound for all pairs: grid and size of a unit over all values of query and key.
        units = range(weights.query.shape[1])
        spans = [_span_of(queries, unit).times(_span_of(keys, unit)) for unit in units]
        # Lemma 8 (grid): with slack 0, every score is computed exactly.
        if slack := sum_slack(spans, self.format):
            raise Refused(f"scores of {name} are rounded, by up to {float(slack):.3g}; expected 0")
        # Softmax over a single score is 1, whatever the score is.
        if head.mask.single:
            return None
        gap = min(
            chain(*(self._gaps(name, index, queries, keys) for index in queries)), default=None
        )
        # Softmax, computed: from here on exp(-gap) is exactly 0 in the format.
        if gap is not None and gap < self.format.exp_zero:
            raise Refused(
                f"the score gap of {name} is {float(gap)}, expected at least {self.format.exp_zero}"
            )
        return gap

    def _gaps(self, name: str, query: int, queries: _Vectors, keys: _Vectors) -> Iterator[Fraction]:
        """Yields how far the keys that a value of the query selects are above the others."""
        head = self.program.heads[name]
        scores = {
            value: sum((q * key[u] for u, q in queries[query].items() if u in key), _ZERO)
            for value, key in keys.items()
        }
        asked = set(indices(self.program.asked(head.query or "", query)))
        selected = {score for key, score in scores.items() if key in asked}
        if head.edges is not None and len(selected) > 1:
            raise Refused(
                f"{name} gives keys that it selects together different weights: for value {query} "
                f"of {head.query!r} their scores are {sorted(map(float, selected))}"
            )
        # Also between keys that are not selected: so every computed weight is 0 or 1/k for some k,
        # whatever the keys at hand are, as the floor of the output presumes.
        for low, high in pairwise(sorted(set(scores.values()))):
            if high - low < self.format.exp_zero:
                raise Refused(
                    f"scores of {name} are too close to each other: for value {query} of "
                    f"{head.query!r} {float(low)} and {float(high)}, expected a distance of "
                    f"{self.format.exp_zero}"
                )
        if selected:
            yield from (min(selected) - score for key, score in scores.items() if key not in asked)

    def _coordinates(self) -> set[int]:
        """Returns the coordinates of all variables."""
        return {c for variable in self.program.variables for c in self.model.columns[variable]}

    def _check_no_scores(self, name: str) -> None:
        # A unit adds (x Q)(x' K) to the score, which is 0 where one of the factors reads only head
        # outputs: before a layer these are 0.
        columns, weights = self._coordinates(), self.model.heads[name]
        for unit, sides in enumerate(zip(weights.query.columns, weights.key.columns, strict=True)):
            if all(side.keys() & columns for side in sides):
                raise Refused(
                    f"{name} has scores, in unit {unit}, though the program has no query there"
                )

    def _projected(self, head: str, name: str, matrix: Matrix) -> _Vectors:
        """Multiplies the code of each value of a variable that occurs by a matrix, exactly."""
        variable, columns = self.program.variables[name], self.model.columns[name]
        place = {column: index for index, column in enumerate(columns)}
        codes = {index: variable.code(index) for index in indices(self.occurring[name])}
        # Head outputs may have any weights: they are 0 before a layer, so nothing is read of them.
        foreign = self._coordinates() - set(columns)
        vectors: _Vectors = {index: {} for index in codes}
        for unit, weights in enumerate(matrix.columns):
            if outside := foreign & weights.keys():
                raise Refused(
                    f"{head} looks at other variables than {name}: at coordinates "
                    f"{sorted(outside)[:5]}, expected weights 0 there"
                )
            inside = {place[column]: w for column, w in weights.items() if column in place}
            # Lemma 8 (grid): x W is computed exactly, in any order, for the codes of all values.
            spans = [
                Span.of(point(code[index]) for code in codes.values()).scaled(weight)
                for index, weight in inside.items()
            ]
            exact = _is_exact(spans, self.format)
            for value, code in codes.items():
                # If not for all of them at once, for each on its own: a product that is not 0 may
                # be alone in its sum, as of codes that are one-hot.
                terms = [code[index] * weight for index, weight in inside.items() if code[index]]
                if not exact and not _is_exact([Span.of([point(t)]) for t in terms], self.format):
                    raise Refused(
                        f"{head} rounds what it reads of {name}, in unit {unit}; expected weights "
                        "with which products of codes are exact"
                    )
                number = sum((code[index] * weight for index, weight in inside.items()), _ZERO)
                if number:
                    vectors[value][unit] = number
        return vectors

    def output(self, name: str, gap: Fraction | None, count: int) -> HeadOutput:
        """Returns what a head adds that gives weight to so many positions at most.

        It may add nothing elsewhere. With a score gap the weight that leaks to keys that are not
        selected is at most (count - 1) exp(-gap) in the reals, and 0 when computed.
        """
        if count > _LONGEST:
            raise Refused(
                f"mixtures of more than {_LONGEST} values are not bounded, expected a max_len of "
                f"at most that, got {count}"
            )
        head, weights = self.program.heads[name], self.model.heads[name]
        columns = self.model.columns[name]
        # x V, for each value that may be read. All columns of O outside of the head's coordinates
        # meet only units that are 0, so that nothing else changes.
        rows = self._projected(name, head.value, weights.value)
        units = sorted({unit for row in rows.values() for unit in row})
        for unit in units:
            if outside := weights.output.rows[unit].keys() - set(columns):
                raise Refused(
                    f"{name} writes to coordinates that are not its own: {sorted(outside)[:5]}, "
                    f"expected only {list(columns)[:5]}{'…' * (len(columns) > 5)}"
                )
        read = {unit: [row.get(unit, _ZERO) for row in rows.values()] for unit in units}
        # What is selected: one position, or several of which the mean lies in a bucket.
        if head.edges is not None:
            selected = means(self.program, name, list(rows), read, count, self.format)
        else:
            selected = {i: {u: point(r.get(u, _ZERO)) for u in units} for i, r in rows.items()}
        # Lemma 2 (attention): (1 - e) y + e y', with y what is selected, y' anything, and 0 ≤ e ≤
        # leak; where nothing or several are selected, the hull of 0 and everything, stretched.
        leak = _ZERO if gap is None else (count - 1) * _exp_above(gap)
        hulls = {unit: hull(map(point, numbers)) for unit, numbers in read.items()}
        mixtures = {
            index: {unit: _leaking(exact[unit], hulls[unit], leak) for unit in units}
            for index, exact in selected.items()
        }
        mixtures[UNDEFINED_INDEX] = {
            unit: hull([interval, ZERO]).times(_STRETCH) for unit, interval in hulls.items()
        }
        if head.query is None and head.mask.single:
            # It is UNDEFINED where the one position that it may attend to is not there.
            mixtures[UNDEFINED_INDEX] = {}
        codes = {
            index: _written(weights.output, columns, mixture, self.format)
            for index, mixture in mixtures.items()
        }
        return HeadOutput(codes, _floor(weights.output, columns, read, count, self.format))


def _is_exact(products: Sequence[Span], format_: Format) -> bool:
    """Says whether a sum of products of codes is computed and stored exactly, in any order."""
    if len(products) == 1 and not storing_slack(products[0], format_):
        # With nothing to add to it a product that the format has is rounded nowhere.
        return True
    slack = sum_slack(products, format_) + storing_slack(Span.total(products), format_)
    return not slack


def _span_of(vectors: _Vectors, unit: int) -> Span:
    return Span.of(point(vector.get(unit, _ZERO)) for vector in vectors.values())


def _exp_above(gap: Fraction) -> Fraction:
    # exp(-g) ≤ 2^-floor(1.4426 g), since 1 / ln 2 > 1.4426 (proofs/lemmas/softmax_leak.py).
    return power(-min(int(gap * Fraction(14426, 10000)), 4096))


def _leaking(value: Interval, replacement: Interval, leak: Fraction) -> Interval:
    """Returns a value of which up to `leak` may be replaced."""
    # The ends of (1 - e) y + e y' over 0 ≤ e ≤ leak are at e = 0 and e = leak.
    return hull([value, value.times(1 - leak).plus(replacement.times(leak))])


def _written(
    output: Matrix, columns: Sequence[int], read: Mapping[int, Interval], format_: Format
) -> tuple[Interval, ...]:
    """Multiplies what is read by the output matrix."""
    coordinates = []
    for column in columns:
        # A product with 0 is 0 in any arithmetic: it is no term of the sum, and rounds nothing.
        weights = {u: w for u, w in output.columns[column].items() if read.get(u, ZERO) != ZERO}
        terms = [read[unit].times(weight) for unit, weight in weights.items()]
        value = reduce(Interval.plus, terms, ZERO)
        if len(terms) == 1 and is_power_of_two(next(iter(weights.values()))):
            # A product by a power of two is exact, but for underflow.
            value = _underflowing(value, format_)
        else:
            spans = [Span.of([term]) for term in terms]
            slack = sum_slack(spans, format_) + storing_slack(Span.total(spans), format_)
            value = value.widened(slack)
        coordinates.append(value)
    return tuple(coordinates)


def _underflowing(value: Interval, format_: Format) -> Interval:
    """Returns what a number can be once a power of two has multiplied it."""
    check_size(value.size, format_)
    if all(not end or abs(end) >= format_.tiny for end in value):
        return value
    # A subnormal number may be kept, flushed to 0, or rounded up to the least normal one.
    above = format_.tiny if value.hi > 0 else _ZERO
    below = -format_.tiny if value.lo < 0 else _ZERO
    return hull([value, Interval(below, above)])


def _floor(
    output: Matrix,
    columns: Sequence[int],
    read: Mapping[int, Sequence[Fraction]],
    count: int,
    format_: Format,
) -> Fraction | None:
    """Bounds coordinates that are not 0 away from 0."""
    weights = [abs(w) for column in columns for w in output.columns[column].values()]
    numbers = [number for row in read.values() for number in row if number]
    # Only of coordinates that are a single product: the terms of a sum may cancel down to anything.
    if not weights or not numbers or any(len(output.columns[c]) > 1 for c in columns):
        return None
    # Attention weights are 0 or at least 1/(2 count). Where no number that is read is negative
    # nothing cancels; elsewhere what is left is on the grid of the products of both.
    if min(numbers) > 0:
        least = min(numbers) / (2 * count)
    else:
        grid = Span.of(map(point, numbers)).grid
        if not grid:
            return None
        # Halved, since storing may round down.
        least = grid * power(-format_.sum_precision) / (4 * count)
    # Below the normal numbers there is no floor: products may be flushed to 0 or rounded up.
    floor = least * min(weights)
    return floor if min(least, floor) >= format_.tiny else None
