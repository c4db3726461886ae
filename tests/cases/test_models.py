"""Compiled cases compute what they should, and damaged weights show."""

from __future__ import annotations

from functools import cache

import pytest

from alta.nn.batching import padded_length
from alta.nn.model import Model
from tests.cases import CASES, BrokenModel, Case, compiled
from tests.cases.words import Word, words

BROKEN = [(case, broken) for case in CASES.values() for broken in case.models]


@cache
def inputs(name: str) -> list[Word]:
    return list(words(CASES[name], compiled(name).program, drawn=40))


def wrong_outputs(case: Case, subject: Model) -> list[Word]:
    """The inputs on which a model does not give what the oracle says."""
    given = inputs(case.name)
    # Damaged weights may never halt, and no run of a good model takes so many layers.
    bound = None if subject.program.halt is None else 2 * case.max_len
    # One batch of one padded length, so that one function is compiled for a case.
    shape = (64, padded_length(max(map(len, given))))
    runs = subject.engine.run_batch(given, bound, shape=shape)
    return [run.tokens for run in runs if list(run.outputs) != case.oracle(run.tokens)]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_model_computes_what_the_oracle_says(case: Case):
    assert not wrong_outputs(case, compiled(case.name))


@pytest.mark.parametrize(
    ("case", "broken"), BROKEN, ids=[f"{case.name}-{broken.name}" for case, broken in BROKEN]
)
def test_a_broken_model_is_wrong_on_some_input(case: Case, broken: BrokenModel):
    assert wrong_outputs(case, broken.change(compiled(case.name)))
