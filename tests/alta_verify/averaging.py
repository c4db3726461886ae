"""Means as a device may compute them: any admissible quotient, any order of summation."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction

import ml_dtypes
import numpy as np

__all__ = ["DTYPES", "computed_means", "quotients"]

DTYPES = {"bfloat16": ml_dtypes.bfloat16, "float16": np.float16, "float32": np.float32}


def quotients(number: int) -> list[np.float32]:
    """Returns what 1/k may be: right but for its last bit; 1/1 is 1."""
    share = np.float32(1) / np.float32(number)
    if number == 1:
        return [share]
    near = [np.nextafter(share, np.float32(end)) for end in (0, 2)]
    last = Fraction(1, number * 2**23)
    return [
        one for one in (share, *near) if abs(Fraction(float(one)) - Fraction(1, number)) <= last
    ]


def computed_means(
    values: Sequence[float], dtype: str, rng: random.Random, tries: int = 1
) -> Iterator[Fraction]:
    """Yields means of some of the format's numbers, with the quotient and the order drawn anew."""
    store, shares = DTYPES[dtype], quotients(len(values))
    for _ in range(tries):
        terms = [
            np.float32(store(rng.choice(shares))) * np.float32(store(value)) for value in values
        ]
        while len(terms) > 1:
            rng.shuffle(terms)
            terms.append(terms.pop() + terms.pop())
        yield Fraction(float(store(terms[0])))
