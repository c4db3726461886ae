"""A ranking goes down in every layer, somewhere; runs that never end have none."""

from __future__ import annotations

import pytest

from alta.lang.program import halt_spec
from alta.lang.rules import rule
from alta_verify.abstraction import Abstraction
from alta_verify.reach.windows.system import System
from alta_verify.reach.windows.termination import Ranking, ranking_of
from tests.alta_verify.reach.windows.systems import PARITY, program_of, windows_of


def ranking(program) -> Ranking | None:
    return ranking_of(windows_of(System(Abstraction.of(program), None)))


def test_parity_ends_from_left_to_right():
    found = ranking(PARITY)
    assert found is not None
    assert (found.names, found.side) == (("done",), -1)
    assert found.ranks[0,] > found.ranks[1,]
    assert "down at the leftmost position" in found.method


def test_a_program_without_a_halt_has_none():
    assert ranking(program_of([], layers=3)) is None


ENDLESS = {
    "nothing happens": [],
    "it goes round": [rule({"x": 0}, "x", 1), rule({"x": 1}, "x", 0)],
    "a position that has halted goes on": [
        rule({"x": 0}, "x", 1),
        rule({"x": 1}, "x", 2),
        rule({"x": 2}, "x", 0),
    ],
}


@pytest.mark.parametrize("name", ENDLESS)
def test_runs_that_never_end_have_none(name):
    assert ranking(program_of(ENDLESS[name], halt=halt_spec("x", 2))) is None


def test_a_step_that_was_overlooked_may_not_go_up(monkeypatch):
    windows = windows_of(
        System(
            Abstraction.of(
                program_of(ENDLESS["a position that has halted goes on"], halt=halt_spec("x", 2))
            ),
            None,
        )
    )
    steps = {((0,), (1,)), ((1,), (2,))}
    monkeypatch.setattr(type(windows), "steps", lambda *_: steps)
    assert ranking_of(windows) is None


def test_positions_that_end_by_themselves_have_one():
    found = ranking(
        program_of([rule({"x": 0}, "x", 1), rule({"x": 1}, "x", 2)], halt=halt_spec("x", 2))
    )
    assert found is not None
    assert [found.ranks[value,] for value in range(3)] == [3, 2, 1]
