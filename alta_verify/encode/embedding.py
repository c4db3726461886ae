"""Embedding: the residual stream before the first layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np

from alta.nn.model import Model
from alta_verify.encode.relation import Codes, Relation, code
from alta_verify.interval import Interval, hull, point

__all__ = ["Embedding", "encode_embedding"]


@final
@dataclass(frozen=True)
class Embedding:
    """Is what the embedding gives for the tokens and positions of the language.

    Attributes:
        relation: the smallest relation that holds of all of it, with exact codes for the values
            that no variable starts with.
        residue: head outputs that do not start at 0: name, token, position.
        wrong: pairs of token and position at which the model starts with other values.
        pairs: how many pairs of token and position were looked at.
    """

    relation: Relation
    residue: tuple[tuple[str, int, int], ...]
    wrong: tuple[tuple[int, int], ...]
    pairs: int


def encode_embedding(model: Model, pairs: Iterable[tuple[int, int]]) -> Embedding:
    """Reads the embedding tables for pairs of token and position.

    Both the real sum of a token's and a position's row and the rounded one are taken in.
    """
    program, layout = model.program, model.layout
    known = sorted(set(pairs))
    tokens = np.array([token for token, _ in known], dtype=np.int64)
    positions = np.array([position for _, position in known], dtype=np.int64)
    rows = _Rows(model, tokens, positions)
    codes: dict[str, Codes] = {}
    right = np.ones(len(known), dtype=bool)
    for name, variable in program.variables.items():
        found: dict[int, list[tuple[Interval, ...]]] = {}
        values = [variable.initial_value(t, p, name=name) for t, p in known]
        right &= rows.decode(layout.columns[name], values)
        for vector, value in rows.distinct(layout.columns[name], values):
            found.setdefault(value, []).append(vector)
        codes[name] = {
            value: tuple(hull(one) for one in zip(*found[value], strict=True))
            if value in found
            else code(value, variable.size)
            for value in range(variable.size)
        }
    residue = [
        (name, *known[index])
        for name in program.heads
        for index in rows.occupied(layout.columns[name])
    ]
    wrong = tuple(known[int(index)] for index in np.flatnonzero(~right))
    return Embedding(Relation(program, layout, codes), tuple(residue), wrong, len(known))


@final
class _Rows:
    """Holds the summands of the embedding: a row a pair."""

    def __init__(
        self, model: Model, tokens: np.ndarray[Any, Any], positions: np.ndarray[Any, Any]
    ) -> None:
        weights = model.weights
        self.left = np.asarray(weights.token_embedding)[tokens]
        self.right = None
        if weights.position_embedding.shape[0]:
            self.right = np.asarray(weights.position_embedding)[positions]
        self._stored = np.dtype(weights.token_embedding.dtype)

    def occupied(self, columns: tuple[int, ...]) -> list[int]:
        """Returns the pairs for which some summand of these coordinates is not 0."""
        found = (self.left[:, columns] != 0).any(axis=1)
        if self.right is not None:
            found |= (self.right[:, columns] != 0).any(axis=1)
        return [int(index) for index in np.flatnonzero(found)]

    def decode(self, columns: tuple[int, ...], values: list[int]) -> np.ndarray[Any, Any]:
        """Says for which pairs the rounded sum of both rows decodes to the value."""
        total = self.left[:, columns]
        if self.right is not None:
            total = total + self.right[:, columns]
        high = total > 0.5
        found: np.ndarray[Any, Any] = (high.sum(axis=1) == 1) & (high.argmax(axis=1) == values)
        return found

    def distinct(
        self, columns: tuple[int, ...], values: list[int]
    ) -> list[tuple[tuple[Interval, ...], int]]:
        """Returns the distinct pairs of coordinates, as intervals, and value."""
        left = self.left[:, columns].astype(np.float64)
        parts = [left]
        if self.right is not None:
            parts.append(self.right[:, columns].astype(np.float64))
        keyed = np.concatenate([*parts, np.array(values, dtype=np.float64)[:, None]], axis=1)
        result = []
        size = len(columns)
        for row in np.unique(keyed, axis=0).tolist():
            vector = []
            for index in range(size):
                real = Fraction(row[index])
                rounded = real
                if self.right is not None:
                    real += Fraction(row[size + index])
                    total = np.array(row[index]).astype(self._stored) + np.array(
                        row[size + index]
                    ).astype(self._stored)
                    rounded = Fraction(float(total))
                vector.append(hull([point(real), point(rounded)]))
            result.append((tuple(vector), int(row[-1])))
        return result
