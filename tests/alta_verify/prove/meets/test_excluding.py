"""What no input satisfies is excluded; an input that does is run before it refutes."""

from __future__ import annotations

import pytest

from alta.limit import OutOfTime
from alta_verify import specs
from alta_verify.deadline import Deadline
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.meets import excluding, folds
from alta_verify.prove.meets.excluding import excluded, given_up
from alta_verify.reach.symbolic.counted import CountedRun
from alta_verify.reach.symbolic.graph import FALSE
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.sweep import GaveUp, Sweeper
from alta_verify.reach.symbolic.transformer import Known
from tests.alta_verify.prove.meets.meetings import PARITY, meeting, zeros
from tests.alta_verify.reach.examples import ranking, sorting


def test_a_literal_of_no_input_needs_no_solver():
    inputs = Inputs(PARITY.inputs, 3)
    assert not excluded(meeting(zeros), inputs, FALSE, "here")


def test_an_input_is_run_before_it_refutes():
    inputs = Inputs(PARITY.inputs, 3)
    ones = inputs.graph.all_of([inputs.tokens[1][1], inputs.tokens[2][1]])
    with pytest.raises(Refuted) as refuted:
        excluded(meeting(zeros), inputs, ones, "here")
    assert refuted.value.counterexample.tokens == (2, 1, 1)
    with pytest.raises(NotShown, match="here: a difference was found but did not replay"):
        excluded(meeting(), inputs, ones, "here")


def test_what_is_given_up_is_late_or_open(monkeypatch):
    inputs = Inputs(PARITY.inputs, 3)
    monkeypatch.setattr(Sweeper, "witness", lambda *_, **__: GaveUp())
    with pytest.raises(NotShown, match="here: the SAT solver gave up"):
        excluded(meeting(), inputs, inputs.tokens[1][1], "here")
    assert isinstance(given_up(Deadline.after(0), "late"), OutOfTime)


# --- ranks ----------------------------------------------------------------------------------------


@pytest.fixture
def counted(monkeypatch) -> None:
    """Counting is asked before anything is worked out."""
    monkeypatch.setattr(excluding, "_UNITS", 1)


def sorts(tokens: list[int], outputs: list[int]) -> bool:
    ascending = all(outputs[k - 1] <= outputs[k] for k in range(1, len(outputs)))
    return ascending and all(outputs.count(n) == tokens.count(n) for n in tokens)


RIGHT = {"the oracle": sorted, "a predicate": specs.predicate(sorts)}


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("program", [sorting(), ranking(2, 5)], ids=["distinct", "repeated"])
@pytest.mark.parametrize("form", RIGHT)
def test_what_is_counted_is_what_was_meant(program, form):
    assert "symbolic runs" in folds.show(meeting(RIGHT[form], 5, program))


WRONG = {
    "descending": lambda tokens: [0, *sorted(tokens[1:], reverse=True)],
    "equal numbers once": lambda tokens: (sorted(set(tokens)) + tokens)[: len(tokens)],
    "the least is lost": lambda tokens: [*sorted(tokens)[1:], max(tokens)],
    "off by one at the bound": lambda tokens: [
        *sorted(tokens)[:-1],
        max(tokens) - (len(tokens) == 5),
    ],
    "at one input": lambda tokens: [0, 1, 1, 2, 2] if tokens == [0, 2, 1, 2, 1] else tokens,
}


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("why", WRONG)
def test_what_is_counted_refutes_what_is_not_so(why):
    subject = meeting(WRONG[why], 5, ranking(2, 5))
    with pytest.raises(Refuted) as refuted:
        folds.show(subject)
    assert subject.suspects([refuted.value.counterexample.tokens])


# Programs that read a number everywhere, but not in this order.
UNSORTED = {
    "descending": ranking(2, 5, lambda s, e: s + e and 5 - s - e),
    "the greatest two swapped at the bound": ranking(
        2, 5, lambda s, e: {3: 4, 4: 3}.get(s + e, s + e) if s + e > 2 else s + e
    ),
    "2 is less than 1": ranking(2, 5, below=lambda token: {1: {2}}.get(token, set())),
}


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("why", UNSORTED)
def test_a_program_with_wrong_ranks_is_refuted(why):
    lengths = 5 if "2 is" in why else 6
    subject = meeting(sorted, lengths, UNSORTED[why])
    with pytest.raises(Refuted) as refuted:
        folds.show(subject)
    assert subject.suspects([refuted.value.counterexample.tokens])


@pytest.mark.usefixtures("counted")
def test_runs_that_are_hard_take_what_is_counted_and_others_do_not(monkeypatch):
    taken: list[int] = []

    def written(run: CountedRun, number: int) -> Known:
        taken.append(number)
        return {}

    monkeypatch.setattr(CountedRun, "written", written)
    folds.show(meeting(sorted, 4, sorting()))
    assert taken
    taken.clear()
    monkeypatch.setattr(excluding, "_UNITS", 10**6)
    folds.show(meeting(sorted, 4, sorting()))
    assert not taken
