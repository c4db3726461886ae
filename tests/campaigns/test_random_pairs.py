"""Verdicts on random pairs of a program and weights are those of running everything."""

from __future__ import annotations

import pytest

from tests.campaigns.random_pairs import campaign
from tests.campaigns.test_mutants import SEED, check
from tests.campaigns.verdict import Outcome

MANY = 5000


def test_verdicts_on_some_random_pairs_are_those_of_running_everything(record_property):
    tally = campaign(SEED, 6, each=3)
    check(tally, "some random pairs", record_property)
    assert tally.count(Outcome.PROVED)
    assert tally.count(Outcome.SAMPLED, Outcome.KILLED)


@pytest.mark.campaign
def test_verdicts_on_many_random_pairs_are_those_of_running_everything(record_property):
    tally = campaign(SEED, MANY)
    check(tally, "many random pairs", record_property)
    assert len(tally.judged) == MANY
    equal = tally.count(Outcome.PROVED, Outcome.OPEN)
    assert min(equal, MANY - equal) > MANY / 10
