"""The theorem that a program does what was meant: what is shrunk, and what is taken on trust."""

from __future__ import annotations

from alta_verify.obligation import Obligation
from alta_verify.prove.meets.theorem import ANSWERS, Satisfies, shrunk
from alta_verify.search.deviation import Deviation
from tests.alta_verify.prove.meets.meetings import claimed, meeting, zeros


def test_obligations_are_shown():
    theorem = Satisfies(claimed())
    assert [theorem.show(obligation) for obligation in theorem.claims]
    assert theorem.show(Obligation("spec")) == "enumeration of all 15 inputs"
    assert ANSWERS in theorem.assumptions
    assert theorem.facts()["inputs"] == 15


def test_a_counterexample_is_shrunk_to_the_shortest():
    subject = meeting(zeros, max_len=30)
    deviation = subject.replay((2, *[0] * 20, 1, 0, 1))
    assert isinstance(deviation, Deviation)
    smallest = shrunk(subject, deviation)
    assert (smallest.tokens, smallest.shortest) == ((2, 1), True)
