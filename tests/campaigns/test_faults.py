"""A question to a solver that goes wrong proves nothing, and refutes nothing."""

from __future__ import annotations

from collections import Counter

import pytest
import z3

from alta_verify import Verdict
from tests.campaigns.faults import CASES, FAULTS, campaign, case_of


def check(name: str, every: int, record_property) -> None:
    found = list(campaign(name, every=every))
    assert {fault for fault, *_ in found} == set(FAULTS)
    wrong = [
        f"{fault} at question {at}: {verdict}" for fault, at, verdict, fine in found if not fine
    ]
    assert wrong == []
    verdicts = Counter(str(verdict) for _, _, verdict, _ in found)
    record_property(f"faults, {name}", dict(sorted(verdicts.items())))


@pytest.mark.parametrize("name", list(CASES))
def test_some_faults_leave_something_open(name, record_property):
    check(name, 47, record_property)


@pytest.mark.campaign
@pytest.mark.parametrize("name", list(CASES))
def test_every_fault_at_every_question_leaves_something_open(name, record_property):
    check(name, 1, record_property)


@pytest.mark.parametrize("name", list(CASES))
def test_without_any_answer_nothing_is_proved(name):
    case = case_of(name)
    verdicts = {case.verdict(0, what, lasting=True)[0] for what in FAULTS.values()}
    # What is wrong on random inputs takes no solver.
    assert verdicts <= ({Verdict.UNKNOWN} if case.proved else {Verdict.UNKNOWN, Verdict.REFUTED})


def test_an_answer_that_is_made_up_is_noticed():
    case = case_of("wrong weights")
    made_up = [case.verdict(at, lambda *_, **__: z3.unsat)[0] for at in range(case.questions)]
    assert Verdict.PROVED in made_up
    assert Verdict.PROVED not in case.allowed()
