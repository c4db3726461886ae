"""Projection: the residual stream times a head's matrix of queries, keys or values."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, TypeAlias

import numpy as np

from alta.limit import checkpoint
from alta.nn.sparse import Matrix, as_dense, as_sparse
from alta_verify.arithmetic.enclosures import Boxes
from alta_verify.arithmetic.formats import Format, Span, storing_slack, sum_slack, total
from alta_verify.arithmetic.interval import ZERO, Interval
from alta_verify.arithmetic.matrices import RationalMatrix
from alta_verify.encode.relation import Relation
from alta_verify.universal import nonempty

__all__ = ["Vector", "project", "projected_spans"]

Vector: TypeAlias = dict[int, Interval]
"""The units that are not 0, by index."""


# So many weights from coordinates of other names are noise: sums are on no grid, and bounds in
# float64 are good enough.
_NOISY: Final = 8


def project(matrix: Matrix, relation: Relation, name: str, format_: Format) -> dict[int, Vector]:
    """Multiplies the residual stream by a matrix of shape (D, K), rounded to be stored.

    Returns for each value of `name` what units can hold, whatever all other variables are.
    """
    entries = as_sparse(matrix)
    foreign = ~np.isin(entries.pattern.rows, relation.layout.columns[name])
    if np.count_nonzero(entries.data[foreign]) > _NOISY:
        return _enclosed(matrix, relation, name, format_)
    return _rational(RationalMatrix.of(matrix), relation, name, format_)


def _enclosed(matrix: Matrix, relation: Relation, name: str, format_: Format) -> dict[int, Vector]:
    """Does the same in float64, for all units at once."""
    codes = nonempty(relation.codes[name], f"values of {name}")
    hulls, columns = relation.hulls, list(relation.layout.columns[name])
    everywhere = [hulls.get(column, ZERO) for column in range(relation.layout.width)]
    rows, boxes = Boxes.of([everywhere])[[0] * len(codes)], Boxes.of([*codes.values()])
    rows.low[:, columns], rows.high[:, columns] = boxes.low, boxes.high
    weights = as_dense(matrix).astype(np.float64)
    units = rows.sums(weights, np.zeros(weights.shape[1]), format_).stored(format_)
    return {
        value: dict(enumerate(units[row : row + 1].hull(range(weights.shape[1]))))
        for row, value in enumerate(codes)
    }


def _rational(
    matrix: RationalMatrix, relation: Relation, name: str, format_: Format
) -> dict[int, Vector]:
    places = {column: index for index, column in enumerate(relation.layout.columns[name])}
    # Not empty: so scores are those of some query and some key, and what is read is something.
    boxes = nonempty(relation.codes[name], f"values of {name}")
    rows: dict[int, Vector] = {value: {} for value in boxes}
    for unit, weights in enumerate(matrix.columns):
        checkpoint()
        # What other names contribute, by their hulls, and the rounding of the whole sum: the same
        # whatever the value of `name` is.
        slack = _slack(_products(weights, relation), format_)
        foreign = {column: weight for column, weight in weights.items() if column not in places}
        noise = sum(
            (relation.hulls[c].scaled(w) for c, w in foreign.items() if c in relation.hulls), ZERO
        )
        alone = all(span.quantum == 0 for span in _products(foreign, relation))
        read = [(places[column], weight) for column, weight in weights.items() if column in places]
        for value, box in boxes.items() if read or slack or noise != ZERO else ():
            terms = [box[place].scaled(weight) for place, weight in read if box[place] != ZERO]
            # Where nothing else is read, few terms may be left for a value: one for a one-hot code,
            # which has no sum to round whatever the weights are.
            if slack and alone:
                rounding = _slack([Span.of([term]) for term in terms], format_)
            else:
                rounding = slack
            if terms or rounding or noise != ZERO:
                rows[value][unit] = sum(terms, noise).widened(rounding)
    return rows


def projected_spans(matrix: RationalMatrix, relation: Relation, format_: Format) -> list[Span]:
    """Returns the sizes of the residual stream times a matrix of shape (D, K), in any state."""
    result = []
    for weights in matrix.columns:
        checkpoint()
        products = _products(weights, relation)
        result.append(Span(None, total(products).magnitude + _slack(products, format_)))
    return result


def _products(weights: Mapping[int, Fraction], relation: Relation) -> list[Span]:
    """Returns the terms of a unit; head outputs of which nothing may be left are 0."""
    spans = relation.spans
    return [spans[column].scaled(weight) for column, weight in weights.items() if column in spans]


def _slack(products: list[Span], format_: Format) -> Fraction:
    # Lemmas 8 and 9: 0 where all products are on a grid, and γ_n Σ|products| otherwise.
    return sum_slack(products, format_) + storing_slack(total(products), format_)
