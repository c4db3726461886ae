"""Embedding: the residual stream before the first layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any, final

import numpy as np

from alta.lang.kinds import Numerical, SetVariable, Variable
from alta.limit import checkpoint
from alta.nn.model import Model
from alta.nn.rounding import nearest
from alta_verify.abstraction import Abstraction
from alta_verify.arithmetic.formats import FORMATS
from alta_verify.arithmetic.interval import ZERO, Interval, hull, point
from alta_verify.encode.relation import Codes, Relation, code
from alta_verify.universal import nonempty

__all__ = ["Embedding", "encode_embedding"]


@final
@dataclass(frozen=True)
class Embedding:
    """What the embedding gives for the tokens and positions of the language.

    Attributes:
        relation: the smallest relation that holds of all of it, with exact codes for values that
            occur though no variable starts with them.
        residue: head outputs that do not start at 0: name, token, position.
        wrong: pairs of token and position at which the model starts with other values.
        pairs: how many pairs of token and position were looked at.
    """

    relation: Relation
    residue: tuple[tuple[str, int, int], ...]
    wrong: tuple[tuple[int, int], ...]
    pairs: int


def encode_embedding(
    model: Model,
    abstraction: Abstraction,
    pairs: Iterable[tuple[int, int]],
    occurring: Mapping[str, frozenset[int]] | None = None,
) -> Embedding:
    """Reads the embedding tables for every token at every position where it occurs.

    Both the real sum of a token's and a position's row and the rounded one are taken in. The
    relation says nothing of values, by index, that are not among those occurring in some state of
    some run; None for all.
    """
    program, layout = abstraction.concrete, model.layout
    starts = nonempty(sorted(set(pairs)), "pairs of token and position")
    tokens = np.array([token for token, _ in starts], dtype=np.int64)
    positions = np.array([position for _, position in starts], dtype=np.int64)
    rows, format_ = _Rows(model, tokens, positions), FORMATS[model.dtype]
    codes: dict[str, Codes] = {}
    right = np.ones(len(starts), dtype=bool)
    for name, variable in program.variables.items():
        vectors: dict[int, list[tuple[Interval, ...]]] = {}
        start = abstraction.finite.variables[name]
        indices = [start.initial_value(t, p, name=name) for t, p in starts]
        values = abstraction.values[name]
        numbers = layout.numbers(program, name)
        right &= rows.decode(variable, layout.columns[name], [values[i] for i in indices], numbers)
        for vector, index in rows.distinct(layout.columns[name], indices):
            vectors.setdefault(index, []).append(vector)
        # What no run has gets no box (Lemma 4), and what only rules assign gets its exact code.
        codes[name] = {
            # Lemma 1: the smallest box around what the embedding gives.
            index: tuple(map(hull, zip(*vectors[index], strict=True)))
            if index in vectors
            else code(abstraction, name, index, len(layout.columns[name]), format_)
            for index in range(len(values))
            if index in vectors or occurring is None or index in occurring[name]
        }
    residue = [
        (name, *starts[index])
        for name in program.heads
        for index in rows.occupied(layout.columns[name])
    ]
    # Lemma 1: what head outputs start with lies in a box around it and around 0.
    left = {name: rows.box(layout.columns[name]) for name in {name: 0 for name, _, _ in residue}}
    wrong = tuple(starts[int(index)] for index in np.flatnonzero(~right))
    relation = Relation(abstraction, layout, format_, codes, left)
    return Embedding(relation, tuple(residue), wrong, len(starts))


@final
class _Rows:
    """The summands of the embedding, a row a pair, and their sums as the format has them."""

    def __init__(
        self, model: Model, tokens: np.ndarray[Any, Any], positions: np.ndarray[Any, Any]
    ) -> None:
        weights, self._dtype = model.weights, model.dtype
        self._summands = [np.asarray(weights.token_embedding)[tokens]]
        if weights.position_embedding.shape[0]:
            self._summands.append(np.asarray(weights.position_embedding)[positions])
        self._rounded = reduce(np.add, self._summands)

    def occupied(self, columns: tuple[int, ...]) -> list[int]:
        """Returns the pairs for which some summand of these coordinates is not 0."""
        # Summands one by one: a sum could be 0 in one format and not in the reals.
        occupied = [(rows[:, columns] != 0).any(axis=1) for rows in self._summands]
        return [int(index) for index in np.flatnonzero(np.any(occupied, axis=0))]

    def box(self, columns: tuple[int, ...]) -> tuple[Interval, ...]:
        """Returns a box that holds 0 and these coordinates, rounded and in the reals."""
        rows = [summand[:, columns].astype(np.float64) for summand in self._summands]
        # Sums of two numbers are off by one rounding of float64 at most.
        size = sum(map(np.abs, rows)) * 2.0**-50
        real, rounded = sum(rows), self._rounded[:, columns].astype(np.float64)
        low = np.minimum(real - size, rounded).min(axis=0)
        high = np.maximum(real + size, rounded).max(axis=0)
        return tuple(
            hull([ZERO, point(Fraction(lowest)), point(Fraction(highest))])
            for lowest, highest in zip(low.tolist(), high.tolist(), strict=True)
        )

    def decode(
        self,
        variable: Variable,
        columns: tuple[int, ...],
        values: list[Any],
        numbers: Sequence[float],
    ) -> np.ndarray[Any, Any]:
        """Says for which pairs the rounded sum of both rows decodes to the value."""
        total = self._rounded[:, columns]
        if isinstance(variable, Numerical) and not numbers:
            held = np.array([nearest(value, self._dtype) for value in values])
            equal: np.ndarray[Any, Any] = total[:, 0].astype(np.float64) == held
            return equal
        high = total > 0.5
        wanted = np.zeros(high.shape, dtype=bool)
        for row, value in enumerate(values):
            # Numbers with a coordinate each are one-hot.
            place = numbers.index(value) if numbers else value
            wanted[row, sorted(value) if isinstance(variable, SetVariable) else place] = True
        right: np.ndarray[Any, Any] = (high == wanted).all(axis=1)
        return right

    def distinct(
        self, columns: tuple[int, ...], values: list[int]
    ) -> list[tuple[tuple[Interval, ...], int]]:
        """Returns the distinct pairs of coordinates, as intervals, and value."""
        arrays = [rows[:, columns].astype(np.float64) for rows in (*self._summands, self._rounded)]
        # Few rows are distinct, so that few have to be made into exact rationals.
        keyed = np.concatenate([*arrays, np.array(values, dtype=np.float64)[:, None]], axis=1)
        result = []
        for row in np.unique(keyed, axis=0):
            checkpoint()
            # The real sum and the rounded one, coordinate by coordinate (Lemma 1).
            box = tuple(
                hull([point(sum(map(Fraction, summands))), point(Fraction(rounded))])
                for *summands, rounded in row[:-1].reshape(len(arrays), -1).T.tolist()
            )
            result.append((box, int(row[-1])))
        return result
