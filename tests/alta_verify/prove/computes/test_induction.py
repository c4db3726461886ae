"""Failing local states are asked of runs until none is left, and none is left out."""

from __future__ import annotations

import pytest

from alta.limit import OutOfTime
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.computes import induction
from alta_verify.prove.computes.induction import Induction
from alta_verify.reach.answer import Reachable, Undecided, Unreachable
from alta_verify.solver.query import FailingState
from alta_verify.solver.smt import SmtAnswer
from tests.alta_verify.prove.contexts import right


class Query:
    """A query that finds some local states, and then what it is told."""

    names = ("parity",)
    satisfiable = True

    def __init__(self, states: int, answer: SmtAnswer) -> None:
        self._states, self._answer, self.blocked = states, answer, 0

    def search(self):
        if self.blocked < self._states:
            return FailingState({"parity": 0})
        return self._answer

    next = search

    def block(self, state) -> None:
        self.blocked += 1


NONE = SmtAnswer(False)


def discharged(monkeypatch, query: Query, answer) -> Induction:
    context = right()
    monkeypatch.setattr(type(context.runs), "find", lambda *_: answer)
    step = Induction(context, lambda local: f"something is off at {dict(local)}")
    step.discharge([query])
    return step


def test_states_that_no_run_has_are_excluded_and_counted(monkeypatch):
    step = discharged(monkeypatch, query := Query(3, NONE), Unreachable())
    assert query.blocked == 3
    assert step.method(2) == "z3, over parity; 2 cases; 3 unreachable states excluded"


def test_a_state_that_a_run_has_is_left_open_with_the_coordinate(monkeypatch):
    word = next(iter(right().program.inputs.enumerate(2)))
    with pytest.raises(NotShown, match=r"at parity=0 something is off at .* both sides agree"):
        discharged(monkeypatch, Query(1, NONE), Reachable(word, 1, 0))


def test_other_states_are_looked_at_where_the_sides_agree_on_one(monkeypatch):
    word = next(iter(right().program.inputs.enumerate(2)))
    with pytest.raises(NotShown, match="both sides agree"):
        discharged(monkeypatch, query := Query(3, NONE), Reachable(word, 1, 0))
    assert query.blocked == 3
    with pytest.raises(NotShown, match="both sides agree"):
        discharged(monkeypatch, query := Query(99, NONE), Reachable(word, 1, 0))
    assert query.blocked == 7
    replays = iter([None, None, "here"])
    monkeypatch.setattr(
        "alta_verify.prove.computes.context.find_difference", lambda *_: next(replays)
    )
    with pytest.raises(Refuted, match="here"):
        discharged(monkeypatch, Query(3, NONE), Reachable(word, 1, 0))


def test_where_the_sides_differ_there_it_is_refuted(monkeypatch):
    monkeypatch.setattr("alta_verify.prove.computes.context.find_difference", lambda *_: "here")
    with pytest.raises(Refuted, match="here"):
        discharged(monkeypatch, Query(1, NONE), Reachable((0,), 1, 0))


def test_a_state_of_which_nothing_is_known_is_left_open(monkeypatch):
    with pytest.raises(NotShown, match="parity=0: gave up"):
        discharged(monkeypatch, Query(1, NONE), Undecided("gave up"))


def test_too_many_states_are_left_open(monkeypatch):
    monkeypatch.setattr(induction, "_CANDIDATES", 2)
    with pytest.raises(NotShown, match="more than 2 local states had to be excluded"):
        discharged(monkeypatch, Query(3, NONE), Unreachable())


@pytest.mark.parametrize("satisfiable", [None, True])
def test_a_solver_that_does_not_say_no_leaves_it_open(satisfiable, monkeypatch):
    with pytest.raises(NotShown, match="the solver gave no answer"):
        discharged(monkeypatch, Query(0, SmtAnswer(satisfiable)), Unreachable())


def test_a_solver_without_time_is_late(monkeypatch):
    monkeypatch.setattr(type(right().task.deadline), "expired", property(lambda _: True))
    with pytest.raises(OutOfTime):
        discharged(monkeypatch, Query(0, SmtAnswer(None)), Unreachable())


def test_premises_that_no_state_satisfies_show_nothing():
    with pytest.raises(NotShown, match="no local state satisfies the premises"):
        Induction(right(), str).method(1)
