"""Attention: what a head adds to the residual stream, by what it selects (Lemma 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, partial
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
from alta_verify.arithmetic.mixtures import mixture_slack
from alta_verify.encode.averages import averages, of_one_sign
from alta_verify.encode.projection import project
from alta_verify.encode.relation import Codes, Relation
from alta_verify.encode.softmax import Softmax

__all__ = ["HeadCodes", "encode_head"]


@final
@dataclass(frozen=True)
class HeadCodes:
    """What a head puts into the residual stream.

    Attributes:
        codes: for each value that is read, and for UNDEFINED, the intervals of the head output's
            coordinates after attention, before mixtures has drifted.
        spill: coordinates of other names that the head writes to.
        held: for the same values, what the units can hold that may not be 0.
        floor: a lower bound on the size of a computed coordinate that is not 0; None where there
            is none.
    """

    codes: Codes
    spill: tuple[int, ...]
    held: Mapping[int, Mapping[int, Interval]]
    floor: Fraction | None


def encode_head(
    model: Model,
    relation: Relation,
    head: str,
    *,
    softmax: Softmax,
    count: int,
    format_: Format,
) -> HeadCodes:
    """Computes what a head adds when it selects one key, and when it selects none or several.

    No more than `count` positions have weight at once.
    """
    declared, mask = relation.abstraction.concrete.heads[head], model.program.heads[head].mask
    weights = model.weights.heads[head]
    rows = project(weights.value, relation, declared.value, format_)
    output = RationalMatrix.of(weights.output)
    units = {unit for row in rows.values() for unit in row}
    # What a unit can hold, each interval once: of one-hot codes it is 0 and 1, whatever the range.
    read = {
        unit: list(dict.fromkeys(row.get(unit, ZERO) for row in rows.values())) for unit in units
    }
    # UNDEFINED: a mixture of anything that is read, or nothing (Lemma 2).
    slack = mixture_slack(count, format_)
    mixtures = {unit: _mixture(choices, slack) for unit, choices in read.items()}
    columns = model.layout.columns[head]
    if relation.abstraction.averages(head):
        rows = averages(relation, head, read, softmax, count, format_)
    elif softmax.zero_in_floats:
        # One key is selected, which has the largest score, whatever that is.
        softmax = replace(softmax, weight_error=Fraction(0))
    # Few intervals occur, of units and of coordinates.
    leaking = cache(lambda unit, value: _leaking(value, read[unit], softmax, count, format_))
    written = cache(partial(_written, output, relation, format_))
    residues = list(zip(columns, relation.residue_of(head), strict=True))

    def write(held: Mapping[int, Interval]) -> tuple[Interval, ...]:
        return tuple(
            written(column, left, tuple(held.get(unit, ZERO) for unit in output.columns[column]))
            for column, left in residues
        )

    held: dict[int, Mapping[int, Interval]] = {
        value: {unit: leaking(unit, row.get(unit, ZERO)) for unit in read}
        for value, row in rows.items()
    }
    # A head without query that may attend to one position is UNDEFINED where there is none.
    unread = declared.query is None and mask.single
    held[UNDEFINED_VALUE] = {} if unread else mixtures
    codes = {value: write(units_held) for value, units_held in held.items()}
    # Lemma 2: in columns of other names a head may add nothing but 0.
    reached = {column for unit in units if mixtures[unit] != ZERO for column in output.rows[unit]}
    floor = _floor(columns, output, read, softmax, format_)
    # What is left over in a coordinate is added to the mixture, and may cancel most of it.
    if any(column in relation.remains for column in columns):
        floor = None
    return HeadCodes(codes, tuple(sorted(reached - set(columns))), held, floor)


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
    # With one value unit in each coordinate, no two products are added, so none can cancel.
    if any(len(output.columns[column]) > 1 for column in columns) or not sizes:
        return None
    values = [value for choices in read.values() for value in choices if value != ZERO]
    if not values or softmax.floor is None:
        return None
    if all(value.lo > 0 for value in values):
        read_floor = min(value.lo for value in values) * softmax.floor
    else:
        # Weights are multiples of the last place of the least of them, which is more than u times
        # that weight. So a mixture that is not 0 is at least the step of this grid.
        quantum = Span.of(values).quantum
        if quantum is None or not all(value.is_point for value in values):
            return None
        # Halved, since storing may round down.
        read_floor = quantum * format_.sum_rounding * softmax.floor / 2
    floor = read_floor * min(sizes)
    return floor if min(read_floor, floor) >= format_.tiny else None


def _mixture(choices: Sequence[Interval], slack: Fraction) -> Interval:
    """Returns what a mixture of values, or nothing at all, can be."""
    # Computed weights sum to 1 up to rounding, or are all 0 where the mask leaves nothing (Lemma
    # 2).
    return hull([*choices, ZERO]).scaled(1 + slack)


def _leaking(
    value: Interval,
    choices: Sequence[Interval],
    softmax: Softmax,
    terms: int,
    format_: Format,
) -> Interval:
    """Returns a value of which a little may be replaced by anything that is read."""
    checkpoint()
    reach = hull(choices)
    leak = softmax.leak
    # Lemma 2: (1 - ε) y + ε y' for all 0 ≤ ε ≤ λ, which is linear in ε.
    mixed = hull([value, value.scaled(1 - leak) + reach.scaled(leak)])
    if softmax.zero_in_floats and not softmax.weight_error:
        return mixed
    # Softmax that leaks: relative errors of weights, and the mixture is no sum on a grid.
    size = max(reach.magnitude, value.magnitude)
    slack = size * softmax.weight_error
    if not softmax.zero_in_floats and size:
        # The bound depends on the number of products and the sum of their sizes only, not on how
        # the weight is shared among them.
        stretched = size * (1 + mixture_slack(terms, format_))
        slack += sum_slack([Span(None, stretched)], format_, terms)
        slack += storing_slack(Span(None, stretched), format_)
    return of_one_sign(mixed.widened(slack), [value, *choices])


def _underflowing(value: Interval, format_: Format) -> Interval:
    """Returns what a number times a power of two can be: itself, except below the normal range."""
    if value.magnitude > format_.huge:
        raise FormatOverflowError(f"a head output may reach {float(value.magnitude):.3g}")
    # Exact in the normal range. Below it, a product may be flushed to 0, or be rounded up, to the
    # smallest normal number at most.
    if all(not end or abs(end) >= format_.tiny for end in (value.lo, value.hi)):
        return value
    above = [point(format_.tiny)] if value.hi > 0 else []
    below = [point(-format_.tiny)] if value.lo < 0 else []
    return hull([value, ZERO, *above, *below])


def _written(
    output: RationalMatrix,
    relation: Relation,
    format_: Format,
    column: int,
    left: Interval,
    read: tuple[Interval, ...],
) -> Interval:
    """Adds what units hold, in the order of the column's weights, to what may be left of it."""
    checkpoint()
    weights = output.columns[column].values()
    terms = [pair for pair in zip(read, weights, strict=True) if pair[0] != ZERO]
    value = sum((interval.scaled(weight) for interval, weight in terms), left)
    remains = relation.remains.get(column, ZERO)
    # One product by a power of two, with nothing to add to it, has no rounding.
    if remains == ZERO and len(terms) == 1 and is_power_of_two(terms[0][1]):
        return _underflowing(value, format_)
    spans = [Span.of([interval]).scaled(weight) for interval, weight in terms]
    spans += [Span(None, remains.magnitude)] * (remains != ZERO)
    return value.widened(sum_slack(spans, format_) + storing_slack(total(spans), format_))
