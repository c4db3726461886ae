"""Attention: what a head selects and what it adds to the residual stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import final

from alta.limit import checkpoint
from alta.nn.model import Model
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.arithmetic.formats import (
    Format,
    FormatOverflowError,
    Span,
    is_power_of_two,
    storing_slack,
    sum_slack,
    total,
)
from alta_verify.arithmetic.interval import ZERO, Interval, hull, point
from alta_verify.arithmetic.matrices import RationalMatrix
from alta_verify.encode.averages import MIXTURE_SLACK, averages, of_one_sign
from alta_verify.encode.relation import Codes, Relation
from alta_verify.encode.softmax import Distances, Softmax, distances
from alta_verify.universal import nonempty

__all__ = ["HeadCodes", "Scores", "check_scores", "encode_head", "encode_scores"]

_Vector = dict[int, Interval]


@final
@dataclass(frozen=True)
class Scores:
    """What the scores of one head are, over all values of query and key.

    Attributes:
        gap: the smallest difference of a selected score to one that is not selected; None when
            there is no such pair.
        worst: the values of query and key at which the gap is that small.
        apart: how far apart any two scores of one query are.
        spread: the largest difference of two scores of keys that one query selects; 0 where they
            are computed as the same number.
        largest: the largest magnitude of a score.
    """

    gap: Fraction | None
    worst: tuple[int, int] | None
    apart: Distances
    spread: Fraction
    largest: Fraction


@final
@dataclass(frozen=True)
class HeadCodes:
    """What a head puts into the residual stream.

    Attributes:
        codes: for each value that is read, and for UNDEFINED, the intervals of the head output's
            coordinates after attention, before anything has drifted.
        spill: coordinates of other names that the head writes to.
        floor: a lower bound on the size of a computed coordinate that is not 0; None where there
            is none.
    """

    codes: Codes
    spill: tuple[int, ...]
    floor: Fraction | None


def _project(
    matrix: RationalMatrix, relation: Relation, name: str, format_: Format
) -> tuple[dict[int, _Vector], _Vector]:
    """Multiplies the residual stream by a matrix of shape (D, K).

    Returns:
        For each value of `name` the products that are not 0, and what the other variables add
        whatever their values.
    """
    layout = relation.layout
    owner = {column: variable for variable in relation.codes for column in layout.columns[variable]}
    place = {
        column: index
        for variable in relation.codes
        for index, column in enumerate(layout.columns[variable])
    }
    # Not empty: so scores are those of some query and some key, and what is read is something.
    own: dict[int, _Vector] = {
        value: {} for value in nonempty(relation.codes[name], f"values of {name}")
    }
    rest: _Vector = {}
    for unit, weights in enumerate(matrix.columns):
        checkpoint()
        products = [
            Span.of(
                codes[place[column]] for codes in relation.codes[owner[column]].values()
            ).scaled(weight)
            for column, weight in weights.items()
            if column in owner
        ]
        left = [
            relation.remains[column].scaled(weight)
            for column, weight in weights.items()
            if column in relation.remains
        ]
        products += [Span(None, one.magnitude) for one in left]
        slack = sum_slack(products, format_) + storing_slack(total(products), format_)
        others: dict[str, list[Interval]] = {"": left}
        for column, weight in weights.items():
            if column not in owner:
                continue  # a head output
            if owner[column] == name:
                for value, intervals in relation.codes[name].items():
                    term = intervals[place[column]].scaled(weight)
                    if term != ZERO:
                        own[value][unit] = own[value].get(unit, ZERO) + term
            else:
                choices = [
                    intervals[place[column]].scaled(weight)
                    for intervals in relation.codes[owner[column]].values()
                ]
                others.setdefault(owner[column], []).append(hull(choices))
        noise = sum((one for parts in others.values() for one in parts), ZERO).widened(slack)
        if noise != ZERO:
            rest[unit] = noise
    return own, rest


def encode_scores(model: Model, relation: Relation, head: str, format_: Format) -> Scores:
    """Computes every score of a head, for all values of its query and key."""
    declared = relation.abstraction.concrete.heads[head]
    assert declared.query is not None  # noqa: S101 - a head without query has no scores to check
    assert declared.key is not None  # noqa: S101
    weights = model.weights.heads[head]
    queries, query_rest = _project(
        RationalMatrix.of(weights.query), relation, declared.query, format_
    )
    keys, key_rest = _project(RationalMatrix.of(weights.key), relation, declared.key, format_)
    query_rows = {a: _joined(own, query_rest) for a, own in queries.items()}
    key_rows = {b: _joined(own, key_rest) for b, own in keys.items()}
    holders: dict[int, list[int]] = {}
    for b, row in key_rows.items():
        for unit in row:
            holders.setdefault(unit, []).append(b)
    slack = _score_slack(query_rows, key_rows, format_)
    gap: Fraction | None = None
    worst: tuple[int, int] | None = None
    apart, spread, largest = Distances(), Fraction(0), Fraction(0)
    for a, query in query_rows.items():
        scores: dict[int, Interval] = {}
        products: Counter[int] = Counter()
        for unit, factor in query.items():
            checkpoint()
            for b in holders.get(unit, ()):
                scores[b] = scores.get(b, ZERO) + factor * key_rows[b][unit]
                products[b] += 1
        checkpoint()
        # A number that is computed without a choice of order is the same wherever it is computed.
        same = all(one.is_point for one in scores.values()) and (
            not slack or max(products.values(), default=0) <= 1
        )
        scores = {b: score.widened(slack) for b, score in scores.items()}
        zero = ZERO.widened(slack if not same else Fraction(0))
        asked = relation.abstraction.keys(declared.query, a) & key_rows.keys()
        selected = [scores.get(b, zero) for b in asked]
        if selected and not (same and len(set(selected)) == 1):
            spread = max(spread, max(one.hi for one in selected) - min(one.lo for one in selected))
        for b in key_rows if selected else ():
            if b not in asked:
                distance = min(one.lo for one in selected) - scores.get(b, zero).hi
                if gap is None or distance < gap:
                    gap, worst = distance, (a, b)
        distinct = set(scores.values()) | ({zero} if len(scores) < len(key_rows) else set())
        apart = apart.joined(distances(distinct, same=same, format_=format_))
        largest = max(largest, *(score.magnitude for score in distinct))
    return Scores(gap, worst, apart, spread, largest)


def check_scores(model: Model, relation: Relation, head: str, format_: Format) -> None:
    """Checks that the scores of a head are finite, where nothing else is asked of them.

    Raises:
        FormatOverflowError: when a query, a key or a score may be too large for the format.
    """
    weights = model.weights.heads[head]
    queries, keys = (
        _projected(RationalMatrix.of(matrix), relation, format_)
        for matrix in (weights.query, weights.key)
    )
    sum_slack([query.times(key) for query, key in zip(queries, keys, strict=True)], format_)


def _projected(matrix: RationalMatrix, relation: Relation, format_: Format) -> list[Span]:
    """Multiplies the residual stream by a matrix of shape (D, K), whatever the state."""
    spans = {
        column: Span.of(intervals[index] for intervals in codes.values())
        for name, codes in relation.codes.items()
        for index, column in enumerate(relation.layout.columns[name])
    }
    spans |= {column: Span(None, one.magnitude) for column, one in relation.remains.items()}
    result = []
    for weights in matrix.columns:
        checkpoint()
        # Other head outputs are 0.
        products = [spans[c].scaled(weight) for c, weight in weights.items() if c in spans]
        slack = sum_slack(products, format_) + storing_slack(total(products), format_)
        result.append(Span(None, total(products).magnitude + slack))
    return result


def _joined(own: _Vector, rest: _Vector) -> _Vector:
    checkpoint()
    return {unit: own.get(unit, ZERO) + rest.get(unit, ZERO) for unit in own.keys() | rest.keys()}


def _score_slack(
    queries: Mapping[int, _Vector], keys: Mapping[int, _Vector], format_: Format
) -> Fraction:
    """Bounds the rounding of a score, over all values of query and key at once."""
    query_units: dict[int, set[Interval]] = {}
    key_units: dict[int, set[Interval]] = {}
    for rows, units in ((queries, query_units), (keys, key_units)):
        for row in rows.values():
            checkpoint()
            for unit, value in row.items():
                units.setdefault(unit, set()).add(value)
    products = [
        Span.of(factors).times(Span.of(key_units[unit]))
        for unit, factors in query_units.items()
        if unit in key_units
    ]
    return sum_slack(products, format_)


def encode_head(
    model: Model,
    relation: Relation,
    head: str,
    *,
    softmax: Softmax,
    length: int,
    format_: Format,
) -> HeadCodes:
    """Computes what a head adds when it selects one key, and when it selects none or several.

    Args:
        model: the model.
        relation: what holds before the layer.
        head: the head's name.
        softmax: what weights it gives.
        length: the longest sequence.
        format_: the arithmetic.
    """
    declared, mask = relation.abstraction.concrete.heads[head], model.program.heads[head].mask
    weights = model.weights.heads[head]
    own, rest = _project(RationalMatrix.of(weights.value), relation, declared.value, format_)
    rows = {value: _joined(row, rest) for value, row in own.items()}
    output = RationalMatrix.of(weights.output)
    units = {unit for row in rows.values() for unit in row}
    read = {unit: [row.get(unit, ZERO) for row in rows.values()] for unit in units}
    anything = {unit: _mixture(choices) for unit, choices in read.items()}
    columns = model.layout.columns[head]
    selected = rows
    count = length if mask is None else min(length, len(mask))
    if relation.abstraction.averages(head):
        selected = averages(relation, head, read, softmax, count, format_)
    elif softmax.zero_in_floats:
        # One key is selected, which has the largest score, whatever that is.
        softmax = replace(softmax, weight_error=Fraction(0))
    codes: dict[int, tuple[Interval, ...]] = {}
    for value, row in selected.items():
        mixed = {
            unit: _leaking(row.get(unit, ZERO), choices, softmax, count, format_)
            for unit, choices in read.items()
        }
        codes[value] = _write(output, relation, head, mixed, format_)
    # A head without query that may attend to one position is UNDEFINED where there is none.
    nothing = declared.query is None and mask is not None and len(mask) == 1
    undefined = {} if nothing else anything
    codes[UNDEFINED_VALUE] = _write(output, relation, head, undefined, format_)
    inside = set(columns)
    spill = sorted(
        {
            column
            for unit in units
            if anything[unit] != ZERO
            for column in output.rows[unit]
            if column not in inside
        }
    )
    floor = _floor(columns, output, read, softmax, format_)
    if any(column in relation.remains for column in columns):
        floor = None
    return HeadCodes(codes, tuple(spill), floor)


def _floor(
    columns: tuple[int, ...],
    output: RationalMatrix,
    read: Mapping[int, Sequence[Interval]],
    softmax: Softmax,
    format_: Format,
) -> Fraction | None:
    """Bounds mixtures away from 0 where every coordinate takes one value unit.

    If no value that is read is negative, they cannot cancel. Else what is left when they do is
    still on the grid of the products of weights and values.
    """
    sizes = [abs(w) for column in columns for w in output.columns[column].values()]
    if any(len(output.columns[column]) > 1 for column in columns) or not sizes:
        return None
    ends = [one for choices in read.values() for one in choices if one != ZERO]
    if not ends or softmax.floor is None:
        return None
    if all(one.lo > 0 for one in ends):
        read_floor = min(one.lo for one in ends) * softmax.floor
    else:
        quantum = Span.of(ends).quantum
        if quantum is None or not all(one.is_point for one in ends):
            return None
        # Halved, since storing may round down.
        read_floor = quantum * format_.sum_rounding * softmax.floor / 2
    floor = read_floor * min(sizes)
    return floor if min(read_floor, floor) >= format_.tiny else None


def _mixture(choices: Sequence[Interval]) -> Interval:
    """Returns what a mixture of values, or nothing at all, can be."""
    reach = hull([*choices, ZERO])
    return Interval(reach.lo * (1 + MIXTURE_SLACK), reach.hi * (1 + MIXTURE_SLACK))


def _leaking(
    value: Interval,
    choices: Sequence[Interval],
    softmax: Softmax,
    terms: int,
    format_: Format,
) -> Interval:
    """Returns a value of which a little may be replaced by anything that is read.

    Args:
        value: what is read of the selected keys.
        choices: what may be read of any key.
        softmax: how much weight other keys have.
        terms: how many positions there are at most.
        format_: the arithmetic.
    """
    checkpoint()
    reach = hull(choices)
    leak = softmax.leak
    mixed = hull([value, value.scaled(1 - leak) + reach.scaled(leak)])
    if softmax.zero_in_floats and not softmax.weight_error:
        return mixed
    size = max(reach.magnitude, value.magnitude)
    slack = size * softmax.weight_error
    if not softmax.zero_in_floats and size:
        stretched = size * (1 + MIXTURE_SLACK)
        slack += sum_slack([Span(None, stretched / terms)] * terms, format_)
        slack += storing_slack(Span(None, stretched), format_)
    return of_one_sign(mixed.widened(slack), [value, *choices])


def _underflowing(value: Interval, format_: Format) -> Interval:
    """Returns what a number times a power of two can be: itself, except below the normal range.

    Raises:
        FormatOverflowError: when it may be too large for the format.
    """
    if value.magnitude > format_.huge:
        raise FormatOverflowError(f"a head output may reach {float(value.magnitude):.3g}")
    if all(not end or abs(end) >= format_.tiny for end in (value.lo, value.hi)):
        return value
    above = [point(format_.tiny)] if value.hi > 0 else []
    below = [point(-format_.tiny)] if value.lo < 0 else []
    return hull([value, ZERO, *above, *below])


def _write(
    output: RationalMatrix, relation: Relation, head: str, read: _Vector, format_: Format
) -> tuple[Interval, ...]:
    """Adds what is read to what may be left of the head output."""
    intervals = []
    for column, left in zip(relation.layout.columns[head], relation.residue_of(head), strict=True):
        checkpoint()
        terms = [
            (read[unit], weight)
            for unit, weight in output.columns[column].items()
            if unit in read and read[unit] != ZERO
        ]
        value = sum((one.scaled(weight) for one, weight in terms), left)
        remains = relation.remains.get(column, ZERO)
        if remains == ZERO and len(terms) == 1 and is_power_of_two(terms[0][1]):
            value = _underflowing(value, format_)
        else:
            spans = [Span.of([one]).scaled(weight) for one, weight in terms]
            spans += [Span(None, remains.magnitude)] * (remains != ZERO)
            value = value.widened(sum_slack(spans, format_) + storing_slack(total(spans), format_))
        intervals.append(value)
    return tuple(intervals)
