"""The theorem about two programs: what time ran out for is late, and begun anew."""

from __future__ import annotations

import pytest

from alta.limit import OutOfTime
from alta_verify.claim.equivalent import Pair
from alta_verify.deadline import Deadline
from alta_verify.obligation import NotShown, Obligation
from alta_verify.prove.equivalence.theorem import Equivalent
from alta_verify.report.report import CertificateError
from tests.alta_verify.obligations import shown_in_pairs_instead
from tests.alta_verify.prove.pairs_of_programs import COPY, NEGATION


def theorem(second=COPY, seconds: float | None = None) -> Equivalent:
    deadline = Deadline.after(seconds)
    return Equivalent(Pair.of(COPY, second, max_len=2, max_layers=None, deadline=deadline))


def raising(error: Exception):
    def fail(*_: object) -> str:
        raise error

    return fail


OUTPUTS = Obligation("outputs", "1")


def test_a_reason_given_too_late_is_no_reason(monkeypatch):
    shown_in_pairs_instead(monkeypatch, "outputs", raising(NotShown("gave up")))
    with pytest.raises(NotShown):
        theorem().show(OUTPUTS)
    with pytest.raises(OutOfTime):
        theorem(seconds=0).show(OUTPUTS)


def test_runs_that_were_interrupted_are_not_asked_again(monkeypatch):
    subject = theorem()
    comparison = subject._comparison
    with monkeypatch.context() as patch:
        shown_in_pairs_instead(patch, "outputs", raising(OutOfTime()))
        with pytest.raises(OutOfTime):
            subject.show(OUTPUTS)
    assert subject._comparison is not comparison
    assert subject.show(OUTPUTS)


def test_a_disagreement_is_replayed():
    assert theorem().replay((0,)) is None
    disagreement = theorem(NEGATION).replay((0, 1))
    assert disagreement is not None
    assert theorem(NEGATION).shrink(disagreement).tokens == (0,)


def test_there_is_no_certificate(tmp_path):
    with pytest.raises(CertificateError, match="two programs were compared"):
        theorem().certify(None, tmp_path)
