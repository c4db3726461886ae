"""The ledger says of an obligation that is open on what it rests, and counts what was recalled."""

from __future__ import annotations

from fractions import Fraction

import pytest

import alta
from alta.limit import OutOfTime
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.obligation import CutShort, NotShown, Obligation, Refuted
from alta_verify.prove.computes.table import KINDS, claims
from alta_verify.prove.equivalence.table import KINDS as PAIRS
from alta_verify.prove.ledger import Ledger, in_turn
from alta_verify.prove.theorem import SAMPLING
from alta_verify.report.finding import Finding, Result
from tests.alta_verify.obligations import named

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


# --- turns, and a share of the time for each ------------------------------------------------------

PROGRAM = alta.programs.parity_sequential_relative()
TASK = Task(PROGRAM, alta.compile(PROGRAM), 3, None, Deadline.after(None))


def none() -> list[Obligation]:
    return []


def test_every_obligation_has_its_turn_once():
    names = [name for name, _ in in_turn(claims(TASK), KINDS, none)]
    assert sorted(map(str, names)) == sorted(map(str, claims(TASK)))


def test_nothing_may_take_all_of_the_time_but_the_last():
    parts = [part for _, part in in_turn(claims(TASK), KINDS, none)]
    assert all(0 < part < 1 for part in parts[:-1])
    assert parts[-1] == 1


def test_a_quarter_of_the_time_is_for_sampling():
    assert next(in_turn(claims(TASK), KINDS, none)) == (Obligation("sampling"), Fraction(1, 4))


def test_those_that_hang_leave_as_much_to_each_of_their_kind():
    left, shares = Fraction(1), []
    for _, part in in_turn(map(named, ["ffn[a]", "ffn[b]", "ffn[c]", "rounding"]), KINDS, none):
        shares.append(left * part)
        left -= left * part
    assert shares == [Fraction(1, 4)] * 4
    assert left == 0


def test_smaller_ones_of_a_kind_come_first():
    work = {named("ffn[a]"): 3, named("ffn[b]"): 1, named("ffn[c]"): 2}
    assert [str(each) for each, _ in in_turn(work, KINDS, none, work.__getitem__)] == [
        "ffn[b]",
        "ffn[c]",
        "ffn[a]",
    ]


def test_those_that_were_late_come_again_and_may_take_all_that_is_left_sampling_last():
    again = [Obligation("sampling"), Obligation("embedding")]
    last = list(in_turn(claims(TASK), KINDS, lambda: again))[-2:]
    assert last == [(Obligation("embedding"), Fraction(1)), (Obligation("sampling"), Fraction(1))]


def test_both_tables_begin_with_what_nothing_rests_on():
    assert next(iter(KINDS)) == next(iter(PAIRS)) == SAMPLING
