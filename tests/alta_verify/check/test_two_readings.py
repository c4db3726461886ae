"""The prover and the checker, which share no code, read the same intervals out of a model."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import Any

import pytest

import alta
from alta.nn.model import Model
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.check import numbers as checked
from alta_verify.check.attention import UNDEFINED_INDEX
from alta_verify.check.sums import Sum
from alta_verify.check.theorem import Theorem
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.encode.embedding import encode_embedding
from alta_verify.encode.linear import evaluate
from alta_verify.encode.network import Network
from alta_verify.reach.sets.value_sets import value_sets
from tests.alta_verify.check.theorems import theorem_of
from tests.alta_verify.weights.changes import CHANGES, PROGRAMS, Subject
from tests.cases import CASES

STATES = 12


SUBJECTS = {
    **PROGRAMS,
    "sorting": Subject(lambda: alta.programs.sort_unique(max_value=3), 3),
    **{name: Subject(CASES[name].build, 4) for name in ("smoothing", "histogram", "brackets")},
}


class Readings:
    """What both make of a model."""

    def __init__(self, name: str, change: str, dtype: str) -> None:
        subject = SUBJECTS[name]
        self.program, self.max_len = subject.build(), subject.max_len
        model = alta.compile(self.program, max_len=self.max_len, dtype=dtype)
        self.model: Model = CHANGES[change](model) if change else model

    @cached_property
    def theorem(self) -> Theorem:
        return theorem_of(self.program, self.model, self.max_len)

    @cached_property
    def network(self) -> Network:
        task = Task(self.program, self.model, self.max_len, None, Deadline.after(None))
        sets = value_sets(task.abstraction, task.live, task.lengths)
        embedding = encode_embedding(self.model, task.abstraction, task.pairs, sets.anywhere())
        return Network(self.model, embedding.relation, self.max_len, task.format)

    def states(self) -> Iterator[Mapping[str, int]]:
        """States of one position after attention, at random."""
        rng = random.Random(0)
        known = {name: sorted(codes) for name, codes in self.network.codes.items()}
        for _ in range(STATES):
            yield {name: rng.choice(values) for name, values in known.items()}


DTYPES = ("float32", "float64", "bfloat16", "float16")

MODELS = {
    **{f"{name} in {dtype}": (name, "", dtype) for name in SUBJECTS for dtype in DTYPES},
    **{
        f"{name}, {change}": (name, change, "float32")
        for name in ("relative", "sum", "increment")
        for change in (
            "values doubled",
            "values times 3",
            "sums doubled",
            "a unit of each layer in halves",
            "hidden units permuted",
        )
    },
}


@cache
def readings(name: str) -> Readings:
    return Readings(*MODELS[name])


def ends(one: Any) -> tuple[Any, Any]:
    return one.lo, one.hi


def value_of(one: Sum, state: Mapping[str, int]) -> checked.Interval:
    """The interval of a sum of the checker's in a state."""
    found = one.constant
    for name, table in one.tables.items():
        found = found.plus(table[state[name]])
    for unit, weight in one.units.items():
        found = found.plus(value_of(unit.inside, state).clipped().times(weight))
    return found


every = pytest.mark.parametrize("name", MODELS)


@every
def test_scores_are_as_far_apart(name):
    both = readings(name)
    for head, gap in both.theorem._gaps.items():
        scores = both.network.scores.get(head)
        assert gap == (scores.gap if scores else None)


@every
def test_heads_add_the_same(name):
    both = readings(name)
    assert UNDEFINED_INDEX == UNDEFINED_VALUE
    for head, mine in both.network.heads.items():
        theirs = both.theorem._outputs[head]
        assert mine.codes.keys() == theirs.codes.keys()
        for value, code in mine.codes.items():
            assert list(map(ends, code)) == list(map(ends, theirs.codes[value])), (head, value)
        assert mine.floor == theirs.floor
        assert mine.spill == ()


@every
def test_the_mlp_computes_the_same(name):
    both = readings(name)
    mlp, layout = both.network.mlp, both.model.layout
    for variable in both.program.variables:
        for column in layout.columns[variable]:
            mine = mlp.output(column).after(mlp.coordinate(column))
            theirs = both.theorem._mlp.after(column)
            for state in both.states():
                assert ends(evaluate(mine, state)) == ends(value_of(theirs, state)), (
                    variable,
                    state,
                )
