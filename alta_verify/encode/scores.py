"""Scores: how well a head's keys answer its queries, over all values of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, final

import numpy as np

from alta.limit import checkpoint
from alta.nn.model import Model
from alta_verify.arithmetic.directed_rounding import enlarged, rounding_error
from alta_verify.arithmetic.enclosures import Boxes
from alta_verify.arithmetic.formats import Format, Span, sum_slack
from alta_verify.arithmetic.interval import ZERO, Interval
from alta_verify.arithmetic.matrices import RationalMatrix
from alta_verify.encode.projection import Vector, project, projected_spans
from alta_verify.encode.relation import Relation
from alta_verify.encode.softmax import Distances, distances

__all__ = ["Scores", "check_scores", "encode_scores"]

# So many products are taken in float64, all at once.
_PRODUCTS: Final = 1 << 12


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


def encode_scores(model: Model, relation: Relation, head: str, format_: Format) -> Scores:
    """Computes every score of a head, for all values of its query and key."""
    declared = relation.abstraction.concrete.heads[head]
    assert declared.query is not None  # noqa: S101 - a head without query has no scores to check
    assert declared.key is not None  # noqa: S101
    weights = model.weights.heads[head]
    queries = project(weights.query, relation, declared.query, format_)
    keys = project(weights.key, relation, declared.key, format_)
    width = weights.query.shape[1]
    # Of a one-hot code hardly any units are not 0; with noise all are.
    asked, answering = (sum(map(len, rows.values())) for rows in (queries, keys))
    if asked * answering > _PRODUCTS * width:
        scores = _enclosed(queries, keys, width, format_)
    else:
        scores = _rational(queries, keys, format_)
    result = Scores(None, None, Distances(), Fraction(0), Fraction(0))
    for value, answers in scores:
        selected = relation.abstraction.keys(declared.query, value) & keys.keys()
        result = _with_answers(result, answers, value, selected, format_)
    return result


@final
@dataclass(frozen=True)
class _Answers:
    """The scores of one query.

    Attributes:
        scores: by the value of the key.
        alike: whether a score is computed as the same number wherever it occurs.
    """

    scores: Mapping[int, Interval]
    alike: bool


def _rational(
    queries: Mapping[int, Vector], keys: Mapping[int, Vector], format_: Format
) -> Iterator[tuple[int, _Answers]]:
    """Yields the scores of every query."""
    slack = _score_slack(queries, keys, format_)
    # By unit: most units of a compiled head are 0 for most keys, and only other products are
    # formed.
    readers: dict[int, list[int]] = {}
    for key, row in keys.items():
        for unit in row:
            readers.setdefault(unit, []).append(key)
    for value, query in queries.items():
        yield value, _answers(query, keys, readers, slack)


def _enclosed(
    queries: Mapping[int, Vector], keys: Mapping[int, Vector], width: int, format_: Format
) -> Iterator[tuple[int, _Answers]]:
    """Yields the same in float64: of so many units most are noise, and sums are on no grid."""
    asked, answering = (
        Boxes.of([[row.get(unit, ZERO) for unit in range(width)] for row in rows.values()])
        for rows in (queries, keys)
    )
    # For |x - c| ≤ r and |y - d| ≤ s: |x y - c d| ≤ |c| s + r (|d| + s).
    centre, target = asked.centres, answering.centres.T
    reach = np.abs(centre) @ answering.radii.T + asked.radii @ (np.abs(target) + answering.radii.T)
    size = asked.magnitudes @ answering.magnitudes.T
    slack = enlarged(reach) + rounding_error(enlarged(size), width + 2, format_)
    middle = centre @ target
    scores = Boxes(middle, middle).widened(slack)
    for row, value in enumerate(queries):
        intervals = scores[row : row + 1].hull(range(len(keys)))
        yield value, _Answers(dict(zip(keys, intervals, strict=True)), alike=False)


def _answers(
    query: Vector, keys: Mapping[int, Vector], readers: Mapping[int, list[int]], slack: Fraction
) -> _Answers:
    scores: dict[int, Interval] = {}
    products: Counter[int] = Counter()
    for unit, factor in query.items():
        checkpoint()
        for key in readers.get(unit, ()):
            scores[key] = scores.get(key, ZERO) + factor * keys[key][unit]
            products[key] += 1
    checkpoint()
    # A number that is computed without a choice of order is the same wherever it is computed.
    alike = all(score.is_point for score in scores.values()) and (
        not slack or max(products.values(), default=0) <= 1
    )
    missing = ZERO.widened(Fraction(0) if alike else slack)
    return _Answers(
        {key: scores[key].widened(slack) if key in scores else missing for key in keys}, alike
    )


def _with_answers(
    scores: Scores, answers: _Answers, query: int, selected: frozenset[int], format_: Format
) -> Scores:
    """Returns what is known of the scores of some queries and of one more."""
    gap, worst, spread = scores.gap, scores.worst, scores.spread
    chosen = [answers.scores[key] for key in selected]
    if chosen:
        lowest = min(score.lo for score in chosen)
        # Equal numbers have no spread, although each is known only up to rounding.
        if not (answers.alike and len(set(chosen)) == 1):
            spread = max(spread, max(score.hi for score in chosen) - lowest)
        for key, score in answers.scores.items():
            if key not in selected and (gap is None or lowest - score.hi < gap):
                gap, worst = lowest - score.hi, (query, key)
    distinct = set(answers.scores.values())
    apart = scores.apart.joined(distances(distinct, alike=answers.alike, format_=format_))
    largest = max(scores.largest, *(score.magnitude for score in distinct))
    return Scores(gap, worst, apart, spread, largest)


def check_scores(model: Model, relation: Relation, head: str, format_: Format) -> None:
    """Raises `FormatOverflowError` where a query, a key or a score of a head may be too large."""
    weights = model.weights.heads[head]
    queries, keys = (
        projected_spans(RationalMatrix.of(matrix), relation, format_)
        for matrix in (weights.query, weights.key)
    )
    sum_slack([query.times(key) for query, key in zip(queries, keys, strict=True)], format_)


def _score_slack(
    queries: Mapping[int, Vector], keys: Mapping[int, Vector], format_: Format
) -> Fraction:
    """Bounds the rounding of a score, over all values of query and key at once."""
    # Lemma 9 holds of scores, too: each factor occurs in one product only.
    query_units, key_units = _by_unit(queries), _by_unit(keys)
    products = [
        Span.of(factors).times(Span.of(key_units[unit]))
        for unit, factors in query_units.items()
        if unit in key_units
    ]
    return sum_slack(products, format_)


def _by_unit(rows: Mapping[int, Vector]) -> dict[int, set[Interval]]:
    units: dict[int, set[Interval]] = {}
    for row in rows.values():
        checkpoint()
        for unit, interval in row.items():
            units.setdefault(unit, set()).add(interval)
    return units
