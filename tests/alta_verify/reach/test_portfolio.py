"""Ways of answering take turns until one of them knows, and none of them is waited for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alta import programs, run
from alta.errors import UndefinedVariableError
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Clock, Deadline, SolverCalls, Work
from alta_verify.reach import portfolio as staged
from alta_verify.reach.answer import Pattern, Reachable, Undecided, Unfinished, Unreachable
from alta_verify.reach.portfolio import Portfolio
from alta_verify.reach.sets.counting_engine import CountingEngine
from tests.alta_verify.reach.examples import BROKEN, UNDEFINED, WRONG, sorting

NEVER = Deadline.after(None)


def reach(program, max_len: int = 6, deadline: Deadline = NEVER) -> Portfolio:
    return Portfolio(Abstraction.of(program), max_len, None, deadline, SolverCalls())


def test_what_counting_knows_is_answered_by_counting():
    asked = reach(sorting())
    assert asked.find(UNDEFINED) == Unreachable()
    assert "Parikh vectors" in asked.method


@pytest.mark.parametrize("why", list(BROKEN))
def test_what_counting_leaves_open_is_answered_by_symbolic_runs(why, monkeypatch):
    monkeypatch.setattr(Portfolio, "_replayed", lambda *_: None)
    asked = reach(BROKEN[why])
    answer = asked.find(UNDEFINED)
    assert isinstance(answer, Reachable)
    assert BROKEN[why].inputs.contains(answer.tokens)
    assert "symbolic" in asked.method


@pytest.mark.parametrize("longest", [7, pytest.param(20, marks=pytest.mark.campaign)])
@pytest.mark.parametrize("why", WRONG)
def test_a_rank_that_does_not_occur_once_is_found_on_an_input(why, longest):
    # By an input that counting suspects: symbolic runs do not come to the longest ones in time.
    program = WRONG[why](longest)
    answer = reach(program, max_len=longest).find(UNDEFINED)
    assert isinstance(answer, Reachable)
    with pytest.raises(UndefinedVariableError):
        run(program, answer.tokens)


def test_a_program_that_is_hard_for_counting_is_not_hard():
    # 30,085 Parikh vectors in the whole program, one a length in the slice of its turns.
    asked = reach(programs.get("addition"), max_len=12)
    assert asked.find({"turn": frozenset({1}), "other": frozenset({-1})}) == Unreachable()
    assert asked._work.units < 20_000


def test_a_program_that_is_hard_for_symbolic_runs_is_not_hard():
    asked = reach(programs.get("sort_unique", max_value=9), max_len=8)
    assert asked.find(UNDEFINED) == Unreachable()
    assert asked.method == "value sets of all 502 Parikh vectors at once"


def test_nothing_is_known_when_time_is_up():
    assert reach(sorting(), deadline=Deadline.after(0)).find(UNDEFINED) == Undecided("out of time")


class Slow:
    """Comes to an end after some work, whoever asks how often."""

    def __init__(self, work: Work, needs: int, answer: Unreachable | Undecided) -> None:
        self.method = f"a way that takes {needs:,} units"
        self.left = needs
        self._work = work
        self._answer = answer

    def find(self, pattern: Pattern, clock: Clock) -> Unreachable | Undecided | Unfinished:
        while self.left and not clock.expired:
            self._work.units += 1
            self.left -= 1
        return self._answer if not self.left else Unfinished()


ENDLESS = 10**9

ABSENT = Unreachable()


def taking_turns(monkeypatch, *needs: int, answer: Unreachable | Undecided = ABSENT) -> Portfolio:
    asked = reach(sorting())
    ways = [Slow(asked._work, units, answer) for units in needs]

    def attempts(self, pattern: Pattern) -> Iterator[staged._Attempt]:
        yield from (staged._Attempt(way, pattern) for way in ways)

    monkeypatch.setattr(Portfolio, "_attempts", attempts)
    return asked


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("needs", [1, 10**5, 10**6])
def test_work_in_vain_is_in_proportion_to_what_the_answer_takes(needs, place, monkeypatch):
    others = [ENDLESS, ENDLESS]
    others.insert(place, needs)
    asked = taking_turns(monkeypatch, *others)
    assert asked.find({}) == Unreachable()
    assert asked.method == f"a way that takes {needs:,} units"
    assert asked._work.units <= 3 * 4 * max(needs, staged._FIRST)


def test_who_has_answered_is_asked_first(monkeypatch):
    asked = taking_turns(monkeypatch, ENDLESS, 1)
    asked.find({})
    before = asked._work.units
    asked.find({})
    assert asked._work.units == before


def test_a_way_that_is_alone_has_all_the_time(monkeypatch):
    asked = taking_turns(monkeypatch, 10**6, answer=Undecided("no"))
    assert asked.find({}) == Undecided("no")
    assert asked._work.units == 10**6


def test_what_nobody_knows_is_open(monkeypatch):
    assert taking_turns(monkeypatch, 10, 20, answer=Undecided("no")).find({}) == Undecided("no")
    assert taking_turns(monkeypatch).find({}) == Undecided("no engine was asked")


def test_a_pattern_of_a_slice_that_occurs_says_nothing_about_the_program(monkeypatch):
    monkeypatch.setattr(CountingEngine, "find", lambda *_: Undecided("not asked"))
    asked = reach(programs.get("addition"), max_len=7)
    # Turns come to 1 with any digit, but no digit is ever UNDEFINED where the turn is 1.
    assert asked.find({"turn": frozenset({1}), "other": frozenset({-1})}) == Unreachable()
    assert isinstance(asked.find({"turn": frozenset({1}), "value": frozenset({3})}), Reachable)
