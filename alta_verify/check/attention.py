"""Attention: what each head adds to the residual stream, and that softmax selects as it should.

Before a layer every variable's coordinates are exactly the code of its value, and those of head
outputs are 0. Scores have to be exact; what a head reads may be anything near the code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, final

from alta_verify.check.averages import means
from alta_verify.check.numbers import (
    ZERO,
    Format,
    Interval,
    Span,
    hull,
    is_power_of_two,
    point,
    power,
    storing_slack,
    sum_slack,
)
from alta_verify.check.program import Head, Program, indices
from alta_verify.check.refused import Refused
from alta_verify.check.value_sets import Row
from alta_verify.check.weights import Matrix, Model

__all__ = ["UNDEFINED_INDEX", "HeadOutput", "head_output", "softmax"]

UNDEFINED_INDEX: Final = -1

_STRETCH: Final = 1 + Fraction(1, 64)
"""Computed weights of up to 2^14 positions sum to less than this, however they are rounded."""

_LONGEST: Final = 1 << 14


@final
@dataclass(frozen=True)
class HeadOutput:
    """What a head puts into its coordinates.

    Attributes:
        codes: by index, for what is read alone or for the means in a bucket, the coordinates; and
            for UNDEFINED_INDEX what they can be in all other cases.
        floor: no computed coordinate that is not 0 is smaller; None where nothing is known.
    """

    codes: Mapping[int, tuple[Interval, ...]]
    floor: Fraction | None


def _projected(
    program: Program, model: Model, name: str, occurring: Row, matrix: Matrix, format_: Format
) -> dict[int, dict[int, Fraction]]:
    """Multiplies the code of each value of a variable that occurs by a matrix, exactly."""
    variable, columns = program.variables[name], model.columns[name]
    place = {column: index for index, column in enumerate(columns)}
    codes = {index: variable.code(index) for index in indices(occurring[name])}
    others = {c for other in program.variables if other != name for c in model.columns[other]}
    found: dict[int, dict[int, Fraction]] = {index: {} for index in codes}
    for unit, weights in enumerate(matrix.columns):
        if others & weights.keys():
            raise Refused(f"a head looks at other variables than {name}")
        own = {place[column]: weight for column, weight in weights.items() if column in place}
        spans = [
            Span.of(point(code[index]) for code in codes.values()).scaled(weight)
            for index, weight in own.items()
        ]
        if sum_slack(spans, format_) or storing_slack(Span.total(spans), format_):
            raise Refused(f"a head rounds what it reads of {name}")
        for value, code in codes.items():
            number = sum((code[index] * weight for index, weight in own.items()), Fraction(0))
            if number:
                found[value][unit] = number
    return found


def _single(head: Head) -> bool:
    """Says whether the mask leaves one position at most."""
    return head.mask is not None and len(head.mask) == 1


def softmax(
    program: Program, model: Model, name: str, occurring: Row, format_: Format
) -> Fraction | None:
    """Checks that a key that is selected alone has all the weight, and returns the score gap.

    Any two scores of one query are equal or so far apart that the exponential is 0, and those that
    are selected are above the others. None: there is nothing to tell apart.

    Args:
        program: the program.
        model: the model.
        name: the head's name.
        occurring: the values that each name may have.
        format_: the arithmetic.
    """
    head, weights = program.heads[name], model.heads[name]
    if head.query is None or head.key is None:
        _check_no_scores(program, model, name)
        return None
    queries = _projected(program, model, head.query, occurring, weights.query, format_)
    keys = _projected(program, model, head.key, occurring, weights.key, format_)
    spans = [
        Span.of(point(row.get(unit, Fraction(0))) for row in queries.values()).times(
            Span.of(point(row.get(unit, Fraction(0))) for row in keys.values())
        )
        for unit in range(weights.query.shape[1])
    ]
    if sum_slack(spans, format_):
        raise Refused(f"scores of {name} are rounded")
    if _single(head):
        return None
    gaps: list[Fraction] = []
    for index, query in queries.items():
        scores = {
            value: sum((q * key[unit] for unit, q in query.items() if unit in key), Fraction(0))
            for value, key in keys.items()
        }
        asked = set(indices(program.asked(head.query, index)))
        selected = {score for key, score in scores.items() if key in asked}
        others = [score for key, score in scores.items() if key not in asked]
        if selected:
            gaps += [min(selected) - score for score in others]
        if head.edges is not None and len(selected) > 1:
            raise Refused(f"{name} gives keys that it selects together different weights")
        if any(b - a < format_.exp_zero for a, b in pairwise(sorted(set(scores.values())))):
            raise Refused(f"scores of {name} are too close to each other")
    gap = min(gaps, default=None)
    if gap is not None and gap < format_.exp_zero:
        raise Refused(f"the score gap of {name} is {float(gap)}, less than {format_.exp_zero}")
    return gap


def _check_no_scores(program: Program, model: Model, name: str) -> None:
    """Checks that all scores are 0."""
    of_variables = {c for variable in program.variables for c in model.columns[variable]}
    query, key = (
        [weights.keys() & of_variables for weights in matrix.columns]
        for matrix in (model.heads[name].query, model.heads[name].key)
    )
    if any(one and other for one, other in zip(query, key, strict=True)):
        raise Refused(f"{name} has scores, though the program has no query there")


def head_output(
    program: Program,
    model: Model,
    name: str,
    *,
    occurring: Row,
    gap: Fraction | None,
    length: int,
    format_: Format,
) -> HeadOutput:
    """Returns what a head adds, and checks that it adds nothing elsewhere.

    Args:
        program: the program.
        model: the model.
        name: the head's name.
        occurring: the values that each name may have.
        gap: the score gap; the weight that leaks to keys that are not selected is at most
            (length - 1) exp(-gap) in the reals, and 0 when computed.
        length: the longest input.
        format_: the arithmetic.
    """
    if length > _LONGEST:
        raise Refused(f"mixtures of more than {_LONGEST} values are not bounded")
    head, weights = program.heads[name], model.heads[name]
    rows = _projected(program, model, head.value, occurring, weights.value, format_)
    units = sorted({unit for row in rows.values() for unit in row})
    read = {unit: [row.get(unit, Fraction(0)) for row in rows.values()] for unit in units}
    columns = model.columns[name]
    for unit in units:
        if not weights.output.rows[unit].keys() <= set(columns):
            raise Refused(f"{name} writes to coordinates that are not its own")
    leak = Fraction(0) if gap is None else (length - 1) * _exp_above(gap)
    if head.edges is None:
        selected = {
            index: {unit: point(row.get(unit, Fraction(0))) for unit in units}
            for index, row in rows.items()
        }
    else:
        count = length if head.mask is None else min(length, len(head.mask))
        selected = means(program, name, list(rows), read, count, format_)
    anything = {unit: hull(map(point, numbers)) for unit, numbers in read.items()}
    codes = {
        index: _write(
            weights.output,
            columns,
            {unit: _leaking(mixture[unit], anything[unit], leak) for unit in units},
            format_,
        )
        for index, mixture in selected.items()
    }
    mixed = {unit: hull([one, ZERO]).times(_STRETCH) for unit, one in anything.items()}
    if head.query is None and head.mask is not None and len(head.mask) == 1:
        # It is UNDEFINED where the one position that it may attend to is not there.
        mixed = {}
    codes[UNDEFINED_INDEX] = _write(weights.output, columns, mixed, format_)
    return HeadOutput(codes, _floor(weights.output, columns, read, length, format_))


def _exp_above(gap: Fraction) -> Fraction:
    """Returns a bound on exp(-gap): exp(-g) ≤ 2^-floor(1.4426 g), since 1 / ln 2 > 1.4426."""
    return power(-min(int(gap * Fraction(14426, 10000)), 4096))


def _leaking(value: Interval, anything: Interval, leak: Fraction) -> Interval:
    """Returns a value of which up to `leak` may be replaced."""
    return hull([value, value.times(1 - leak).plus(anything.times(leak))])


def _write(
    output: Matrix, columns: Sequence[int], read: Mapping[int, Interval], format_: Format
) -> tuple[Interval, ...]:
    """Multiplies what is read by the output matrix."""
    found = []
    for column in columns:
        weights = {u: w for u, w in output.columns[column].items() if read.get(u, ZERO) != ZERO}
        terms = [read[unit].times(weight) for unit, weight in weights.items()]
        value = ZERO
        for term in terms:
            value = value.plus(term)
        if len(terms) == 1 and is_power_of_two(next(iter(weights.values()))):
            value = _underflowing(value, format_)
        else:
            spans = [Span.of([term]) for term in terms]
            slack = sum_slack(spans, format_) + storing_slack(Span.total(spans), format_)
            value = value.widened(slack)
        found.append(value)
    return tuple(found)


def _underflowing(value: Interval, format_: Format) -> Interval:
    """Returns what a number can be once a power of two multiplies it: itself, unless it is tiny."""
    if value.size > format_.huge:
        raise Refused(f"a head output may reach {float(value.size):.3g}")
    if all(not end or abs(end) >= format_.tiny for end in value):
        return value
    more = [value, ZERO]
    more += [point(format_.tiny)] if value.hi > 0 else []
    more += [point(-format_.tiny)] if value.lo < 0 else []
    return hull(more)


def _floor(
    output: Matrix,
    columns: Sequence[int],
    read: Mapping[int, Sequence[Fraction]],
    length: int,
    format_: Format,
) -> Fraction | None:
    """Bounds coordinates that are not 0 away from 0; attention weights are 0 or ≥ 1/(2 length).

    Where no number that is read is negative nothing cancels; elsewhere what is left is on the grid
    of the products of weights and numbers.
    """
    weights = [abs(w) for column in columns for w in output.columns[column].values()]
    numbers = [number for own in read.values() for number in own if number]
    if not weights or not numbers or any(len(output.columns[c]) > 1 for c in columns):
        return None
    if min(numbers) > 0:
        least = min(numbers) / (2 * length)
    else:
        grid = Span.of(map(point, numbers)).grid
        if not grid:
            return None
        # Halved, since storing may round down.
        least = grid * power(-format_.sum_precision) / (4 * length)
    floor = least * min(weights)
    return floor if min(least, floor) >= format_.tiny else None
