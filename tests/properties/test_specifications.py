"""Verdicts on what generated programs were meant to do are those of running them on everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import alta
from alta import Program
from alta_verify import Verdict, satisfies, specs
from alta_verify.prove.meets import invariants, sampling, specification
from tests.properties.running import (
    Course,
    Word,
    cases,
    courses,
    mixed_programs,
    shown,
    small_programs,
    small_total_programs,
)

LAYERS = 4


@pytest.fixture(scope="module", params=[1 << 30, -1], ids=["enumerated", "symbolic"], autouse=True)
def way(request):
    """Both ways, without samples, which would find most deviations before."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (invariants, specification):
            patch.setattr(module, "ENUMERABLE", request.param)
            patch.setattr(module, "RUNNABLE", request.param)
        patch.setattr(sampling, "show", lambda *_: "nothing was run")
        yield


def runs_of(program: Program) -> list[Course]:
    runs = courses(shown(program), max_layers=LAYERS)
    assume(runs)
    return runs


def check(program: Program, spec: specs.Specification, wrong: set[Word]) -> None:
    """Judges a program, of which it is known on which inputs it fails or is not as meant."""
    report = satisfies(program, spec, max_len=4, max_layers=LAYERS)
    assert report.verdict is (Verdict.REFUTED if wrong else Verdict.PROVED), report
    if wrong:
        assert report.counterexample is not None
        assert report.counterexample.tokens in wrong
        assert report.counterexample.replay().confirmed


def failing(runs: list[Course]) -> set[Word]:
    return {run.tokens for run in runs if run.error is not None}


def last_outputs(program: Program, runs: list[Course]) -> dict[Word, Any]:
    """The last output of every run that has one, by the definition."""
    return {
        run.tokens: alta.run(program, run.tokens, LAYERS).outputs[-1]
        for run in runs
        if run.error is None
    }


@dataclass(frozen=True)
class Recalled:
    """An output for each word, and none for others."""

    table: Mapping[Word, Any]

    def __call__(self, word: Word) -> Any:
        return self.table.get(word)


@cases(20)
@given(mixed_programs, st.data())
def test_a_fold_that_knows_all_answers_is_met_and_one_that_knows_one_wrongly_is_not(program, data):
    runs = runs_of(program)
    answers = last_outputs(program, runs)
    right = specs.transducer(lambda word, token: (*word, token), (), Recalled(answers), at=-1)
    check(program, right, failing(runs))
    assume(answers)
    secret = data.draw(st.sampled_from(sorted(answers)))
    changed = Recalled({**answers, secret: "something else"})
    wrong = specs.transducer(lambda word, token: (*word, token), (), changed, at=-1)
    check(program, wrong, failing(runs) | {secret})


@cases(20)
@given(small_programs, st.data())
def test_a_pattern_of_all_words_is_met_and_one_of_one_word_less_is_not(program, data):
    runs = runs_of(program)
    answers = last_outputs(program, runs)
    value = data.draw(st.integers(0, 2))
    words = [word for word, answer in answers.items() if answer == value]
    check(program, specs.accepts(alta.inputs.sequences(words), value), failing(runs))
    assume(words)
    secret = data.draw(st.sampled_from(sorted(words)))
    fewer = [word for word in words if word != secret]
    pattern = specs.accepts(alta.inputs.sequences(fewer), value)
    check(program, pattern, failing(runs) | {secret})


def combinations(run: Course, names: tuple[str, ...], steps: bool) -> set[tuple[Any, ...]]:
    """The values of variables that a run goes through at some position, before a layer and after.

    Without steps, those of single states.
    """
    if steps:
        return {
            (*(before[name] for name in names), *(after[name] for name in names))
            for first, second in zip(run.tables, run.tables[1:], strict=False)
            for before, after in zip(first, second, strict=True)
        }
    return {tuple(local[name] for name in names) for table in run.tables for local in table}


def allowing(allowed: set[tuple[Any, ...]], names: tuple[str, ...], steps: bool):
    if steps:
        return specs.always(
            lambda z, after: (*(z[n] for n in names), *(after[n] for n in names)) in allowed
        )
    return specs.always(lambda z: tuple(z[name] for name in names) in allowed)


@cases(30)
@given(st.one_of(small_total_programs, mixed_programs), st.booleans(), st.data())
def test_an_invariant_of_all_that_occurs_holds_and_one_of_less_is_broken(program, steps, data):
    runs = runs_of(program)
    names = tuple(data.draw(st.sets(st.sampled_from(sorted(program.variables)), max_size=2)))
    occurring = {run.tokens: combinations(run, names, steps) for run in runs}
    every = set[tuple[Any, ...]]().union(*occurring.values())
    check(program, allowing(every, names, steps), failing(runs))
    assume(every)
    secret = data.draw(st.sampled_from(sorted(every, key=repr)))
    broken = {word for word, seen in occurring.items() if secret in seen}
    check(program, allowing(every - {secret}, names, steps), failing(runs) | broken)
