"""Local states in the runs on inputs of every length are excluded, or an input has one."""

from __future__ import annotations

import pytest

from alta.lang.program import halt_spec
from alta.lang.rules import rule
from alta.limit import OutOfTime
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Deadline, SolverCalls
from alta_verify.reach.answer import Reachable, Undecided, Unreachable
from alta_verify.reach.windows import reachability
from alta_verify.reach.windows.patterns import Invariant
from alta_verify.reach.windows.reachability import Unblocked, WindowReachability
from alta_verify.reach.windows.system import Case, Hazard, System
from tests.alta_verify.reach.windows.systems import (
    PARITY,
    PARITY_INVARIANT,
    WRONG,
    of,
    parity_system,
    program_of,
    windows_of,
)


def engine(program=PARITY, seconds: float = 60) -> WindowReachability:
    return WindowReachability(Abstraction.of(program), None, Deadline.after(seconds), SolverCalls())


def test_no_run_of_parity_fails():
    reach = engine()
    assert reach.failure_free
    assert reach.invariant.patterns
    assert "inductive invariant" in reach.method


def test_a_local_state_of_a_run_comes_with_its_input():
    found = engine().find({"done": frozenset({0}), "parity_left": frozenset({1})})
    assert isinstance(found, Reachable)
    assert PARITY.inputs.contains(found.tokens)


def test_a_local_state_of_no_run_is_excluded_at_every_length():
    reach = engine()
    assert isinstance(
        reach.find({"done": frozenset({0}), "done_left": frozenset({-1})}), Unreachable
    )
    assert isinstance(
        reach.find({"done": frozenset({1}), "done_left": frozenset({0})}), Unreachable
    )


def test_a_program_that_fails_is_not_free_of_failures():
    reach = engine(program_of([rule({"left": 0}, "x", 1)], layers=1))
    assert not reach.failure_free
    found = reach.find({"left": frozenset({-1})})
    assert isinstance(found, Reachable)
    assert (found.layer, found.position) == (1, 0)


def test_what_only_runs_that_have_ended_could_have_is_not_said_to_be_reachable():
    # Where each position starts halted no layer is taken, which neighbours do not tell.
    reach = engine(program_of([rule({"x": 0}, "x", 7)], inputs="a*", halt=halt_spec("x", 0)))
    assert isinstance(reach.find({"x": frozenset({0})}), Undecided)


def test_an_output_at_the_end_may_be_wrong_before():
    program = program_of([rule({"x": 0}, "x", 1), rule({"x": 1}, "x", 2)], inputs="a*", layers=2)
    windows = windows_of(System(Abstraction.of(program), None))
    case = Case({"x": frozenset({0, 1})})
    windows.exclude([Hazard("not 2", (case,), running=False, ended=True)])
    with pytest.raises(Unblocked, match="after 0 layers of some input"):
        windows.exclude([Hazard("not 2", (case,), running=False)])


def test_an_invariant_that_a_run_denies_is_not_believed(monkeypatch):
    windows = windows_of(parity_system())
    monkeypatch.setattr(reachability, "check_invariant", lambda *_, **__: None)
    monkeypatch.setattr(type(windows._search), "invariant", Invariant((of({"done": {0}}),)))
    with pytest.raises(Unblocked, match="a run denies: no position has done = 0"):
        windows.exclude([WRONG])
    assert windows.invariant == Invariant(())


def test_what_is_not_inductive_is_not_believed(monkeypatch):
    windows = windows_of(parity_system())
    part = Invariant(PARITY_INVARIANT.patterns[:-1])
    monkeypatch.setattr(type(windows._search), "invariant", part)
    with pytest.raises(Unblocked, match="the invariant was not shown: layer"):
        windows.exclude([WRONG])
    assert windows.invariant == Invariant(())


def test_without_time_nothing_is_said():
    with pytest.raises(OutOfTime):
        engine(seconds=0).find({"done": frozenset({0})})
