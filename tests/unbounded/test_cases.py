"""The cases do what was meant, and each twin shows first at the length that is said."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from itertools import islice

import pytest

import alta
from alta.errors import ExecutionError
from alta.lang.program import Program
from alta_verify import Verdict, satisfies
from alta_verify.specs import Meant
from alta_verify.specs.meant import as_specification
from alta_verify.specs.specification import Accepts, OfOutputs
from tests.unbounded import CASES, Case, Twin

Word = tuple[int, ...]

MOST = 200
"""So many words are tried at most, of the shortest, and of those of a length."""

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)

PREFIX_OR = CASES["prefix_or"]

TWINS = [(case, twin) for case in CASES.values() for twin in case.twins]


@cache
def program(name: str) -> Program:
    return CASES[name].build()


def failure(subject: Program, meant: OfOutputs, word: Word) -> str | None:
    """How a program fails on an input, ``"spec"`` where its outputs are not what was meant."""
    try:
        run = alta.run(subject, word)
    except ExecutionError as error:
        return error.kind
    return None if meant.met(meant.answer(word, run.outputs), run.outputs) else "spec"


def specification(subject: Program, meant: Meant) -> OfOutputs:
    bound = as_specification(meant).bound(subject)
    assert isinstance(bound, OfOutputs)
    return bound


def short_words(subject: Program, longest: int) -> Iterator[Word]:
    """Yields the inputs up to a length, the shortest first."""
    return (word for word in subject.inputs.enumerate(longest) if word)


@every_case
def test_a_program_has_the_name_of_its_case_and_no_positions(case: Case):
    assert program(case.name).name == case.name
    assert program(case.name).position_range is None
    assert all(own.initial.source != "position" for own in program(case.name).variables.values())
    # Nothing but a constant says how many layers there are where no flag does.
    assert (program(case.name).halt is None) == (case.name == "two_generations")


@every_case
def test_a_program_computes_what_its_oracle_says(case: Case):
    own, rng = program(case.name), random.Random(0)
    words = list(islice(short_words(own, 6), MOST))
    words += [own.inputs.sample(rng, 50) for _ in range(4)]
    runs = alta.run_batch(own, words)
    assert [list(run.outputs) for run in runs] == [case.oracle(word) for word in words]


@pytest.mark.campaign
@every_case
def test_what_was_meant_is_proved_up_to_a_length(case: Case):
    assert satisfies(program(case.name), case.meant, max_len=8).verdict is Verdict.PROVED


@every_case
def test_a_case_has_five_twins_of_which_two_are_late(case: Case):
    names = [twin.name for twin in case.twins]
    assert len(set(names)) == len(names) >= 5
    # A fixed number of layers sees a fixed distance.
    assert sum(twin.late for twin in case.twins) >= (0 if case.name == "two_generations" else 2)


def often(case: Case) -> list[Twin]:
    """The twins that are tried in every run: two of each case, and the late ones of one."""
    return [*case.twins[:2], *(twin for twin in case.twins if twin.late and case is PREFIX_OR)]


def words_around(subject: Program, meant: OfOutputs, length: int) -> tuple[list[Word], list[Word]]:
    """The inputs that are shorter, and those of a length: all if they are few, or some."""
    if length <= 8:
        words = list(short_words(subject, length))
        shorter = [word for word in words if len(word) < length]
        return shorter[-MOST:], words[len(shorter) :]
    language, rng = subject.inputs.automaton(length), random.Random(0)
    ends = [language.word_at(length, place) for place in (0, language.count(length) - 1)]
    drawn = [language.sample_word(rng, length) for _ in range(20)]
    if isinstance(meant, Accepts):
        # Few words of a length may be accepted.
        (accepted,) = meant.factors(length)
        drawn += [accepted.sample_word(rng, length) for _ in range(20)]
    return [], [*ends, *drawn]


@pytest.mark.parametrize(
    ("case", "twin"),
    [
        pytest.param(
            case,
            twin,
            id=f"{case.name}-{twin.name}",
            marks=[pytest.mark.campaign] * (twin not in often(case)),
        )
        for case, twin in TWINS
    ],
)
def test_a_twin_is_wrong_first_at_the_length_that_is_said(case: Case, twin: Twin):
    subject, meant = case.broken(twin)
    expected = specification(subject, meant)
    shorter, words = words_around(subject, expected, twin.shortest)
    assert all(failure(subject, expected, word) is None for word in shorter)
    assert any(failure(subject, expected, word) == twin.kind for word in words)


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("case", "twin"), TWINS, ids=[f"{case.name}-{twin.name}" for case, twin in TWINS]
)
def test_a_twin_is_proved_up_to_there_and_refuted_at_it(case: Case, twin: Twin):
    subject, meant = case.broken(twin)
    if twin.shortest > 1:
        below = satisfies(subject, meant, max_len=twin.shortest - 1).verdict
        assert below in {Verdict.PROVED, Verdict.VACUOUS}
    found = satisfies(subject, meant, max_len=twin.shortest).counterexample
    assert found is not None
    assert (found.kind, len(found.tokens)) == (twin.kind, twin.shortest)
