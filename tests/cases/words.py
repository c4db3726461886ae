"""Inputs to run a case on: all short ones, some drawn longer ones, and the telling ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

from alta.lang.program import Program
from tests.cases.case import Case

__all__ = ["words"]

Word = tuple[int, ...]


def words(case: Case, program: Program, *, short: int = 120, drawn: int = 60) -> Iterator[Word]:
    """Yields words of a program's language, the shortest first; the same ones every time.

    Args:
        case: whose bound holds, and whose telling words are among them.
        program: the case's program, or a broken one.
        short: how many of the shortest words there are at most.
        drawn: how many are drawn.
    """
    language, rng = program.inputs, random.Random(0)
    yield from (word for word in islice(language.enumerate(case.max_len), short) if word)
    yield from (word for word in case.telling if language.contains(word))
    yield from (language.sample(rng, case.max_len) for _ in range(drawn))
