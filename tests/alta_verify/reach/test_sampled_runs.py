"""Sampled runs say where something occurs, and never that it does not."""

from __future__ import annotations

from alta_verify.abstraction import Abstraction
from alta_verify.reach.answer import Reachable, Undecided
from alta_verify.reach.sampled_runs import SampledRuns
from tests.alta_verify.reach.examples import chasing

SEEN = {"found": frozenset({-1}), "count": frozenset({1})}


def sampled(longest: int, max_layers: int) -> SampledRuns:
    words = [word for word in chasing().inputs.enumerate(longest) if word]
    return SampledRuns(Abstraction.of(chasing()), lambda: words[::-1], max_layers)


def test_what_a_sample_does_is_reachable():
    answer = sampled(3, 8).find(SEEN)
    assert isinstance(answer, Reachable)
    assert answer.layer == 2


def test_what_no_sample_does_is_undecided():
    answer = sampled(3, 1).find(SEEN)
    assert isinstance(answer, Undecided)
    assert "inputs of every length" in answer.reason
    assert not sampled(3, 1).failure_free
