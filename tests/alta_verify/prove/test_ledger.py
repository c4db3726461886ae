"""The ledger says of an obligation that is open on what it rests, and counts what was recalled."""

from __future__ import annotations

import pytest

from alta.limit import OutOfTime
from alta_verify.deadline import Deadline
from alta_verify.obligation import CutShort, NotShown, Obligation, Refuted
from alta_verify.prove.ledger import Ledger
from alta_verify.report.finding import Finding, Result

A, B = Obligation("softmax", "h"), Obligation("reset", "h")


def ledger(**options) -> Ledger:
    return Ledger({A: "first", B: "second"}, deadline=Deadline.after(None), **options)


def raising(error: Exception):
    def fail() -> str:
        raise error

    return fail


def finding_of(book: Ledger, obligation: Obligation) -> Finding:
    return next(each for each in book.findings if each.obligation == obligation)


def test_a_reason_that_belongs_to_another_obligation_names_it():
    book = ledger()
    book.attempt(B, raising(NotShown("the gap is 0", owner=A)))
    assert finding_of(book, B).method == "rests on softmax[h], which is open"
    assert finding_of(book, B).rests_on == A


@pytest.mark.parametrize("owner", [None, B])
def test_a_reason_of_its_own_is_said(owner):
    book = ledger()
    book.attempt(B, raising(NotShown("too coarse", owner=owner)))
    assert finding_of(book, B).method == "too coarse"
    assert finding_of(book, B).rests_on is None


@pytest.mark.parametrize(
    ("error", "late"), [(OutOfTime(), True), (NotShown("no"), False), (ValueError("no"), False)]
)
def test_whatever_is_raised_leaves_it_open(error, late):
    book = ledger()
    assert not book.attempt(A, raising(error))
    assert finding_of(book, A).result is Result.OPEN
    assert finding_of(book, A).late is late
    assert not book.complete


@pytest.mark.parametrize("method", [None, True, 1])
def test_what_is_no_method_shows_nothing(method):
    book = ledger()
    assert not book.attempt(A, lambda: method)
    assert "TypeError: expected to hear how it was shown" in finding_of(book, A).method


def test_a_refutation_is_entered_and_handed_on():
    book = ledger()
    with pytest.raises(Refuted):
        book.attempt(A, raising(Refuted("an input")))
    assert finding_of(book, A).result is Result.FAILED


def test_what_is_recalled_is_not_shown_again():
    book = ledger(recalled={"softmax[h]": "seen before"})
    assert book.recalls(A)
    assert not book.recalls(B)
    assert book.attempt(A, raising(NotShown("asked")))
    assert finding_of(book, A).cached
    assert book.cached == 1


def test_what_was_cut_short_is_not_kept():
    kept: list[str] = []
    book = ledger(remember=lambda finding: kept.append(finding.name))
    book.attempt(A, lambda: CutShort("some"))
    book.attempt(B, lambda: "all")
    assert kept == ["reset[h]"]


def test_an_empty_ledger_is_never_complete():
    assert not Ledger({}, deadline=Deadline.after(None)).complete


def test_a_ledger_is_complete_when_all_is_shown_and_not_before():
    book = ledger()
    assert not book.complete
    assert book.attempt(A, lambda: "seen")
    assert not book.complete
    assert not book.attempt(B, raising(ValueError("no")))
    assert not book.complete
    assert book.attempt(B, lambda: "seen at last")
    assert book.complete


def test_what_was_never_declared_cannot_be_attempted():
    with pytest.raises(KeyError, match="other"):
        ledger().attempt(Obligation("other"), lambda: "seen")
