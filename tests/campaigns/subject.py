"""Subjects: right programs, small enough to be run on every input, with their compiled models."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

import alta
from alta.errors import ModelError
from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify.strategies import programs
from tests.alta_verify.secret_words import at_the_end, secret_word
from tests.properties.running import EVERY_KIND, MAX_LEN

__all__ = ["MOST_INPUTS", "SHIPPED", "Subject", "drawn", "random_subjects", "secret_subjects"]

MOST_INPUTS = 130
"""Random programs with more inputs are passed over."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A program with weights, and a bound on the length of its inputs."""

    name: str
    program: Program
    max_len: int
    model: Model

    @classmethod
    def of(cls, name: str, program: Program, max_len: int) -> Subject:
        """The program with its compiled weights."""
        return cls(name, program, max_len, compiled(program, max_len))


def compiled(program: Program, max_len: int) -> Model:
    """The compiled model, in float32 unless that cannot tell the program's numbers apart."""
    try:
        return alta.compile(program, max_len=max_len)
    except ModelError:
        return alta.compile(program, max_len=max_len, dtype="float64")


SHIPPED = {
    "parity_sequential_relative": (alta.programs.parity_sequential_relative, 5),
    "parity_sequential_absolute": (
        partial(alta.programs.parity_sequential_absolute, max_length=5),
        5,
    ),
    "parity_sum_mod_2": (partial(alta.programs.parity_sum_mod_2, max_length=4), 4),
    "parity_sum_mod_2_intermediate": (
        partial(alta.programs.parity_sum_mod_2_intermediate, max_length=4),
        4,
    ),
    "sort_unique": (partial(alta.programs.sort_unique, max_value=3), 4),
    "addition": (alta.programs.addition, 5),
    "subleq": (partial(alta.programs.subleq, cells=3, max_value=1), 3),
    "scan_parser": (partial(alta.programs.scan_parser, max_words=2), 8),
    "scan": (partial(alta.programs.scan, max_words=1, max_actions=1, short_length=8), 8),
}
"""All shipped programs, at sizes with at most `MOST_INPUTS` inputs up to the bound."""


def drawn(strategy: SearchStrategy[Program], start: int) -> Iterator[Program]:
    """Draws programs without end, always the same ones from the same start."""
    for number in count(start * 100_000):
        yield from _some(strategy, number)


def _some(strategy: SearchStrategy[Program], start: int) -> list[Program]:
    """Draws a few programs, without shrinking or remembering anything.

    Many at a time would be much like one another.
    """
    some: list[Program] = []

    @seed(start)
    @settings(
        max_examples=6,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(program: Program) -> None:
        some.append(program)

    collect()
    return some


def _of_every_kind(*, total: bool) -> SearchStrategy[Program]:
    return programs(
        total=total,
        kinds=EVERY_KIND,
        max_tokens=3,
        max_length=3,
        max_variables=3,
        max_heads=2,
        max_rules=8,
    )


def random_subjects(start: int, *, total: bool = True) -> Iterator[Subject]:
    """Yields random programs without end, all with two rules and three inputs at least.

    Args:
        start: where to start.
        total: whether they fail on no input.
    """
    for number, program in enumerate(drawn(_of_every_kind(total=total), start)):
        inputs = program.inputs.count(MAX_LEN)
        if len(program.rules) > 1 and 2 < inputs <= MOST_INPUTS:
            yield Subject.of(f"random {start}/{number}", program, MAX_LEN)


def secret_subjects(start: int, length: int = 6) -> Iterator[Subject]:
    """Yields programs in which a rule fires on one input of 2^length, without end."""
    rng = random.Random(start)
    while True:
        word = tuple(rng.randrange(2) for _ in range(length))
        name = f"secret {''.join(map(str, word))}"
        yield Subject.of(name, secret_word(word, [at_the_end(word)]), length)
