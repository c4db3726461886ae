"""Time that runs out, at any look at the clock, shows nothing that is not so."""

from __future__ import annotations

import math
import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, partial

import pytest

import alta
from alta.limit import OutOfTime, limited
from alta_verify import Report, Result, Verdict, deadline, equivalent, verify
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline, alarmed
from alta_verify.obligation import NotShown, Obligation, Refuted
from alta_verify.prove.computes.theorem import Computes
from alta_verify.prove.ledger import Ledger
from tests.alta_verify.mutants import with_arrays
from tests.alta_verify.obligations import show_instead

SECONDS = 100.0


class FakeClock:
    """A clock that stands still, and leaps ahead at one of the looks at it."""

    def __init__(self, strikes_at: float, leap: float) -> None:
        self.looks, self._strikes_at, self._leap = 0, strikes_at, leap

    def __call__(self) -> float:
        self.looks += 1
        return self._leap if self.looks >= self._strikes_at else 0.0


@dataclass(frozen=True)
class Subject:
    """Something to verify under a limit on time.

    Attributes:
        run: verifies it.
        truth: the verdict when there is time.
        shown: the obligations that can be shown, each on its own.
    """

    run: Callable[[], Report]
    truth: Verdict
    shown: frozenset[str]


PARITY = alta.programs.parity_sequential_relative()
SUM = alta.programs.parity_sum_mod_2(max_length=4)
LENGTH = 3


def _broken(program: alta.Program) -> alta.Model:
    """A model one of whose look-ups writes something else."""
    model = alta.compile(program, max_len=LENGTH).dense()
    array = model.weights.mlp.lookup_out.copy()
    array[array != 0] *= -1
    return with_arrays(model, {"mlp.lookup_out": array})


def _provable(program: alta.Program, model: alta.Model) -> frozenset[str]:
    """Returns the obligations that can be shown without any limit, each by a proof of its own."""
    task = Task(program, model, LENGTH, None, Deadline.after(None))
    theorem = Computes(task)
    ledger = Ledger(theorem.claims, deadline=task.deadline)
    for obligation in theorem.claims:
        with suppress(Refuted):
            ledger.attempt(obligation, partial(theorem.show, obligation))
    return frozenset(one.name for one in ledger.findings if one.result is Result.PROVED)


def _weights(program: alta.Program, model: alta.Model, truth: Verdict) -> Subject:
    shown = _provable(program, model)
    return Subject(lambda: verify(program, model, max_len=LENGTH, timeout=SECONDS), truth, shown)


def _not_sampled(subject: Subject) -> Subject:
    """Returns a subject of which the proof itself has to see what is wrong."""

    def run() -> Report:
        with pytest.MonkeyPatch.context() as patch:
            show_instead(patch, "sampling", lambda *_: "nothing was run")
            return subject.run()

    return replace(subject, run=run)


def _pair(first: alta.Program, second: alta.Program, truth: Verdict) -> Subject:
    whole = equivalent(first, second, max_len=LENGTH)
    shown = frozenset(one.name for one in whole.obligations if one.result is Result.PROVED)
    return Subject(lambda: equivalent(first, second, max_len=LENGTH, timeout=SECONDS), truth, shown)


SUBJECTS = {
    "right weights": lambda: _weights(PARITY, alta.compile(PARITY), Verdict.PROVED),
    "right weights of means": lambda: _weights(SUM, alta.compile(SUM), Verdict.PROVED),
    "wrong weights": lambda: _weights(PARITY, _broken(PARITY), Verdict.REFUTED),
    "wrong weights, not sampled": lambda: _not_sampled(
        _weights(PARITY, _broken(PARITY), Verdict.REFUTED)
    ),
    "equal programs": lambda: _pair(PARITY, PARITY, Verdict.PROVED),
    "different programs": lambda: _pair(PARITY, SUM, Verdict.REFUTED),
}


@cache
def subject(name: str) -> tuple[Subject, int]:
    """Returns something to verify, compiled, and how often its verification looks at the clock."""
    chosen = SUBJECTS[name]()
    assert chosen.run().verdict is chosen.truth
    with pytest.MonkeyPatch.context() as patch:
        clock = FakeClock(math.inf, 0.0)
        patch.setattr(deadline, "monotonic", clock)
        assert chosen.run().verdict is chosen.truth
    return chosen, clock.looks


def check_struck(name: str, strikes_at: int, leap: float) -> Report:
    """Lets the clock leap at one look, and checks that nothing is said that is not so."""
    chosen, _ = subject(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deadline, "monotonic", FakeClock(strikes_at, leap))
        report = chosen.run()
    assert report.verdict in {chosen.truth, Verdict.UNKNOWN}
    shown = {one.name for one in report.obligations if one.result is Result.PROVED}
    assert shown - {"sampling"} <= chosen.shown
    late = [one for one in report.obligations if one.late]
    assert all(one.result is Result.OPEN for one in late)
    assert (report.verdict is Verdict.UNKNOWN) is bool(report.reasons)
    return report


LOOKS = [1, 2, 4, 8, 16, 64, 256, 1024, 4096]

LEAPS = {"all of the time": 2 * SECONDS, "one share of it": 0.3 * SECONDS}


@pytest.mark.parametrize("leap", LEAPS)
@pytest.mark.parametrize("name", SUBJECTS)
def test_whenever_time_runs_out_the_verdict_is_unknown_or_true(name, leap):
    for looks in LOOKS:
        check_struck(name, looks, LEAPS[leap])


@pytest.mark.campaign
@pytest.mark.parametrize("leap", LEAPS)
@pytest.mark.parametrize("name", SUBJECTS)
def test_at_every_look_the_verdict_is_unknown_or_true(name, leap):
    _, looks = subject(name)
    for strikes_at in range(1, looks + 2, max(1, looks // 500)):
        check_struck(name, strikes_at, LEAPS[leap])


@pytest.mark.parametrize("name", ["right weights", "equal programs"])
def test_what_one_share_was_too_short_for_is_shown_with_what_is_left(name):
    _, looks = subject(name)
    reports = [
        check_struck(name, strikes_at, LEAPS["one share of it"])
        for strikes_at in range(8, looks, looks // 8)
    ]
    assert any(report.proved for report in reports)


def test_a_report_in_time_has_looked_at_the_clock_all_along():
    assert subject("right weights")[1] > 100


# --- the deadline itself --------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch) -> Iterator[list[float]]:
    now = [0.0]
    monkeypatch.setattr(deadline, "monotonic", lambda: now[0])
    return now


def test_a_share_ends_before_the_deadline_and_leaves_it_the_rest(clock):
    whole = Deadline.after(8)
    with whole.share(Fraction(1, 4)):
        clock[0] = 1.0
        assert (whole.expired, whole.remaining) == (False, 1.0)
        clock[0] = 2.0
        assert (whole.expired, whole.over) == (True, False)
    assert (whole.expired, whole.remaining) == (False, 6.0)


def test_a_share_of_a_share_is_no_longer_than_either(clock):
    whole = Deadline.after(8)
    with whole.share(Fraction(1, 2)), whole.share(Fraction(1, 2)):
        assert whole.remaining == 2.0


def test_a_share_of_no_limit_is_no_limit(clock):
    with (never := Deadline.after(None)).share(Fraction(1, 4)):
        clock[0] = 1e12
        assert not never.expired


@pytest.mark.parametrize("seconds", [math.inf, 1e300, 10**400], ids=["inf", "1e300", "10^400"])
def test_what_nobody_will_live_to_see_is_no_limit(seconds):
    assert Deadline.after(seconds).remaining == math.inf


def test_a_deadline_that_is_sent_is_the_same_moment(clock):
    parcel = pickle.dumps(Deadline.after(8))
    clock[0] = 5.0
    assert pickle.loads(parcel).remaining == 3.0
    assert pickle.loads(pickle.dumps(Deadline.after(None))).remaining == math.inf


def test_on_another_machine_a_deadline_leaves_as_many_seconds(clock, monkeypatch):
    parcel = pickle.dumps(Deadline.after(8))
    clock[0] = 5.0
    monkeypatch.setattr(deadline, "node", lambda: "elsewhere")
    assert pickle.loads(parcel).remaining == 8.0


def endless() -> None:
    while True:
        pass


def whole(limit: Deadline) -> bool:
    with limited(None):
        while not limit.over:
            pass
        time.sleep(0.2)
    return True


def test_code_that_does_not_look_at_the_clock_is_stopped_by_an_alarm():
    limit = Deadline.after(0.05)
    with limited(limit), alarmed(limit), pytest.raises(OutOfTime):
        endless()


def test_an_alarm_stops_nothing_that_has_to_be_whole():
    limit = Deadline.after(0.05)
    with limited(None), alarmed(limit):
        assert whole(limit)


# --- the ledger -----------------------------------------------------------------------------------

A, B = Obligation("a"), Obligation("b")


def late() -> str:
    raise OutOfTime


def open_() -> str:
    raise NotShown("for a reason")


def test_an_obligation_may_take_its_share_and_no_more(clock):
    ledger = Ledger({A: "", B: ""}, deadline=(whole := Deadline.after(8)))

    def slow() -> str:
        clock[0] = 5.0
        if whole.expired:
            raise OutOfTime
        return "seen"

    assert not ledger.attempt(A, slow, Fraction(1, 2))
    assert ledger.attempt(B, lambda: "seen", Fraction(1, 2))
    assert [one.late for one in ledger.findings] == [True, False]


def test_what_was_shown_counts_even_if_the_time_ran_out_meanwhile(clock):
    ledger = Ledger({A: ""}, deadline=Deadline.after(8))

    def slow() -> str:
        clock[0] = 9.0
        return "seen"

    assert ledger.attempt(A, slow)
    assert ledger.complete


def test_what_came_again_too_late_keeps_what_became_of_it(clock):
    ledger = Ledger({A: ""}, deadline=Deadline.after(8))
    ledger.attempt(A, late)
    clock[0] = 9.0
    assert not ledger.attempt(A, lambda: "seen")
    (one,) = ledger.findings
    assert (one.method, one.late, one.result) == ("cut short", True, Result.OPEN)


def test_only_what_ran_out_of_time_comes_again():
    ledger = Ledger({A: "", B: "", Obligation("c"): ""}, deadline=Deadline.after(8))
    ledger.attempt(A, late)
    ledger.attempt(B, open_)
    assert ledger.late() == [A]
