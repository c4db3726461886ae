"""Numbers that may be equal are sorted by counted ranks, and every mistake in a rank is refuted."""

from __future__ import annotations

import pytest

from alta.lang.masks import Mask
from alta_verify import Verdict, verify
from alta_verify.check.run import check
from alta_verify.prove.computes import runs
from alta_verify.report.report import Report
from tests.alta_verify.obligations import show_instead
from tests.alta_verify.reach.examples import WRONG, ranking

LONGEST = 5


@pytest.fixture
def counted(monkeypatch) -> None:
    """Neither are inputs sampled, nor are all of them run."""
    monkeypatch.setattr(runs, "_ENUMERABLE", -1)
    show_instead(monkeypatch, "sampling", lambda *_: "no inputs run")


def method(report: Report, name: str) -> str:
    return next(o.method for o in report.obligations if str(o.name) == name)


@pytest.mark.usefixtures("counted")
def test_every_rank_is_read_once_whatever_numbers_are_equal():
    report = verify(ranking(2, LONGEST), max_len=LONGEST)
    assert report.verdict is Verdict.PROVED, report
    assert "Parikh vectors at once" in method(report, "program[undefined]")


@pytest.mark.usefixtures("counted")
def test_ranks_may_be_counted_by_offsets_of_one_length():
    program = ranking(2, LONGEST, mask=Mask(tuple(range(1 - LONGEST, 1))))
    assert verify(program, max_len=LONGEST).verdict is Verdict.PROVED


# Engines are tried on all of them; here it is seen that what they find refutes.
@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("why", list(WRONG)[-1:])
def test_a_wrong_rank_is_refuted(why):
    report = verify(WRONG[why](LONGEST), max_len=LONGEST)
    assert report.verdict is Verdict.REFUTED, report
    assert report.counterexample is not None
    assert report.counterexample.kind == "undefined"


@pytest.mark.campaign
def test_twenty_tokens_are_sorted():
    report = verify(ranking(4, 20), max_len=20)
    assert report.verdict is Verdict.PROVED, report


@pytest.mark.campaign
def test_nine_tokens_are_sorted_as_other_code_says_too(tmp_path):
    verify(ranking(4, 9), max_len=9).save(tmp_path)
    assert check(tmp_path).checked


@pytest.mark.campaign
@pytest.mark.parametrize("why", WRONG)
def test_a_rank_that_is_wrong_among_twenty_tokens_is_refuted(why):
    report = verify(WRONG[why](20), max_len=20)
    assert report.verdict is Verdict.REFUTED, report
