"""One wrong weight in models with numbers and sets: verdicts are what running everything says."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

import alta
from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify import Verdict, verify
from alta_verify.search.counterexample import find_difference
from tests.alta_verify.exhaustive import record
from tests.alta_verify.mutants import Mutant, filled_zeros, sampled, weight_mutants
from tests.properties.running import nothing_sampled

LONGEST = 4

PROGRAMS = {
    "sum": lambda: alta.programs.parity_sum_mod_2(max_length=LONGEST),
    "intermediate": lambda: alta.programs.parity_sum_mod_2_intermediate(max_length=LONGEST),
    "sorting": lambda: alta.programs.sort_unique(max_value=3),
}


@cache
def program(name: str) -> Program:
    return PROGRAMS[name]()


@cache
def model(name: str) -> Model:
    return alta.compile(program(name), max_len=LONGEST)


def mutants(name: str, count: int) -> list[Mutant]:
    changed = sampled(weight_mutants(model(name)), count)
    return changed + sampled(filled_zeros(model(name)), count // 2)


def outcomes(name: str, count: int) -> Counter[str]:
    """Counts verdicts, of half of the mutants by proof alone; both sides are run on everything."""
    found: Counter[str] = Counter()
    words = [word for word in program(name).inputs.enumerate(LONGEST) if word]
    for index, mutant in enumerate(mutants(name, count)):
        if index % 2:
            report = verify(program(name), mutant.model, max_len=LONGEST)
        else:
            with nothing_sampled():
                report = verify(program(name), mutant.model, max_len=LONGEST)
        differs = any(find_difference(program(name), mutant.model, word, None) for word in words)
        wrong = Verdict.PROVED if differs else Verdict.REFUTED
        assert report.verdict is not wrong, mutant.name
        if differs and index % 2:
            assert report.verdict is Verdict.REFUTED, mutant.name
        found[f"{'different' if differs else 'equivalent'}, {report.verdict}"] += 1
    return found


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_the_compiled_model_is_proved(name):
    assert verify(program(name), model(name), max_len=LONGEST).proved


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_a_changed_weight_is_judged_as_running_everything_judges(name):
    assert outcomes(name, 4)["different, REFUTED"]


@pytest.mark.campaign
@pytest.mark.parametrize("name", list(PROGRAMS))
def test_many_changed_weights_are_judged_as_running_everything_judges(name, record_property):
    found = outcomes(name, 300)
    record(f"{name}, changed and filled", found, record_property)
    assert found["different, REFUTED"]
