"""A machine is followed for any number of steps, and one that is wrong in one step is not."""

from __future__ import annotations

from typing import Any

import pytest

import alta
from alta.inputs import regex
from alta_verify import satisfies, specs
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.meets import simulations
from alta_verify.prove.meets.meeting import Meeting
from alta_verify.search.deviation import Departure
from tests.alta_verify.machines import Computer
from tests.alta_verify.prove.meets.meetings import meeting

CELLS, GREATEST = 4, 3
SUBLEQ: Any = alta.programs.subleq(cells=CELLS, max_value=GREATEST)


def shown(mistake: str = "", **bounds: Any) -> str:
    subject = meeting(Computer(CELLS, GREATEST, mistake).specification, CELLS, SUBLEQ, **bounds)
    return simulations.show(subject, subject.claim.specification)


def test_a_computer_is_followed_for_any_number_of_instructions():
    assert shown().startswith("induction over steps of 4 layers")
    assert shown(max_layers=9).startswith("induction")


WRONG = [
    "does not branch at 0",
    "branches at 1",
    "writes to the cell before it",
    "writes elsewhere at one cell",
]


@pytest.mark.parametrize("mistake", WRONG)
def test_a_step_that_is_wrong_is_refuted_by_an_input(mistake):
    with pytest.raises(Refuted) as refuted:
        shown(mistake)
    departure = refuted.value.counterexample
    assert isinstance(departure, Departure)
    assert (departure.step, departure.layer) == (1, 4)
    assert departure.replay().confirmed
    assert "step 1, after layer 4, is not what was meant" in str(departure)


def counting(wrong_at: int = -1) -> tuple[Any, Any]:
    """A program that counts to six in steps of two layers, and a machine that does so in one."""

    def ffn(z):
        phase, count = z["phase"], z["count"]
        if phase == 1:
            z["count"] = count + 1
            z["done"] = int(count == 5)
        z["phase"] = 1 - phase

    program = alta.program_spec(
        variables={
            "phase": alta.var(2),
            "count": alta.var(8),
            "done": alta.var(2),
        },
        heads={},
        ffn_fn=ffn,
        output_name="count",
        input_range=2,
        halt=alta.halt_spec("done", 1),
        inputs=regex("(0|1){1,3}"),
    )
    meant = specs.simulates(
        lambda tokens: 0,
        lambda count: count + 1 + (count == wrong_at),
        lambda z: z["count"][0],
        every=2,
    )
    return program, meant


def test_what_is_not_said_of_states_is_guessed_and_kept():
    program, meant = counting()
    subject = meeting(meant, 3, program)
    assert "forms of states tried: 1" in simulations.show(subject, meant)
    assert satisfies(program, meant, max_len=3).proved


def test_what_is_wrong_late_is_not_shown_by_induction_and_refuted_by_samples():
    program, meant = counting(wrong_at=5)
    with pytest.raises(NotShown, match="from a state that may be in no run"):
        simulations.show(meeting(meant, 3, program), meant)
    report = satisfies(program, meant, max_len=3)
    assert isinstance(report.counterexample, Departure)
    assert (report.counterexample.step, report.counterexample.layer) == (6, 12)
    twin = Computer(9, GREATEST, "skips a cell behind 3")
    computer: Any = alta.programs.subleq(cells=9, max_value=GREATEST)
    with pytest.raises(NotShown, match="from a state that may be in no run"):
        simulations.show(meeting(twin.specification, 9, computer), twin.specification)


def test_a_wrong_start_is_refuted():
    program, meant = counting()
    late = specs.simulates(lambda tokens: tokens[0], meant.step, meant.state, every=2)
    with pytest.raises(Refuted) as refuted:
        simulations.show(meeting(late, 3, program), late)
    assert refuted.value.counterexample.tokens == (1,)
    assert "the start is not what was meant" in str(refuted.value.counterexample)


def test_a_guess_that_a_step_does_not_keep_is_dropped(monkeypatch):
    # Of the first states alone: the count is 0 in all of them.
    monkeypatch.setattr(simulations, "_RUNS", 1)
    assert "forms of states tried: 1" not in shown()
    # A count that is at most 2 does not stay so, and of one that may be 7 it is not so.
    monkeypatch.setattr(simulations, "_STEPS", 2)
    program, meant = counting()
    with pytest.raises(NotShown, match="length 1: from a state that may be in no run"):
        simulations.show(meeting(meant, 3, program), meant)


def test_a_difference_that_does_not_replay_is_left_open(monkeypatch):
    monkeypatch.setattr(Meeting, "replay", lambda *_: None)
    with pytest.raises(NotShown, match="length 4: the first step: a difference was found but did"):
        shown("branches at 1")


def test_a_machine_that_raises_or_cannot_be_read_shows_nothing():
    program, meant = counting()
    raising = specs.simulates(meant.start, lambda count: [1, 2][count], meant.state, every=2)
    with pytest.raises(specs.SpecificationError, match="raises IndexError"):
        satisfies(program, raising, max_len=3)
    with pytest.raises(NotShown):
        simulations.show(meeting(raising, 3, program), raising)
