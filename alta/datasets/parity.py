"""Parity: strings of bits, balanced by their number of ones."""

from __future__ import annotations

import random

from alta.lang.values import normalise_count

__all__ = ["parity"]


def parity(max_len: int, per_count: int, seed: int) -> list[tuple[str, str]]:
    """Draws strings of at most `max_len` bits, equally many for each number of ones.

    For each number of ones from 0 to `max_len`, `per_count` strings are drawn: first a length, all
    possible ones equally likely, then the places of the ones. Strings repeat where there are few of
    them: only one has as many ones as the greatest length.

    Args:
        max_len: the greatest length; 20 for training and 40 for testing in Table 1 of the ALTA
            paper.
        per_count: how many strings are drawn for each number of ones.
        seed: of the random draw.

    Returns:
        Pairs of a string and its parity, ``"0"`` or ``"1"``, ordered by the number of ones.

    Raises:
        AltaError: when a number is no int, or negative.
    """
    for name, number in (("max_len", max_len), ("per_count", per_count)):
        normalise_count(number, where=f"alta.datasets.parity: {name}", least=0)
    # Bits drawn one by one would have about half of them set, hardly ever none or all.
    generator = random.Random(seed)
    return [
        (_string(generator, n_ones, generator.randint(n_ones, max_len)), str(n_ones % 2))
        for n_ones in range(max_len + 1)
        for _ in range(per_count)
    ]


def _string(generator: random.Random, n_ones: int, length: int) -> str:
    # Every set of places is equally likely.
    places = set(generator.sample(range(length), n_ones))
    return "".join("1" if place in places else "0" for place in range(length))
