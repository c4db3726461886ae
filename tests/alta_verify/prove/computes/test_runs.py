"""Runs of the program are decided without a weight, and absence is held against real runs."""

from __future__ import annotations

import pytest

import alta
from alta.limit import OutOfTime
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.obligation import NotShown
from alta_verify.prove.computes import runs
from alta_verify.prove.computes.runs import Runs
from alta_verify.reach.answer import Reachable, Undecided, Unreachable
from alta_verify.reach.enumeration import Enumeration
from alta_verify.reach.portfolio import Portfolio
from tests.alta_verify.prove.contexts import ABSOLUTE, model


def runs_of(max_layers: int | None = None) -> Runs:
    return Runs(Task(ABSOLUTE, model(), 4, max_layers, Deadline.after(None)))


def test_few_inputs_are_run_through_and_many_are_reasoned_about(monkeypatch):
    assert isinstance(runs_of().reachability, Enumeration)
    monkeypatch.setattr(runs, "_ENUMERABLE", 0)
    assert isinstance(runs_of().reachability, Portfolio)


def test_what_value_sets_lack_is_asked_of_nobody(monkeypatch):
    monkeypatch.setattr(Enumeration, "find", lambda *_: pytest.fail("asked"))
    assert runs_of().find({"parity": frozenset({7})}) == Unreachable()


def test_a_local_state_that_occurs_is_found_with_an_input():
    answer = runs_of().find({"parity": frozenset({1})})
    assert isinstance(answer, Reachable)
    assert ABSOLUTE.inputs.contains(answer.tokens)


def test_who_denies_what_a_run_has_is_not_believed(monkeypatch):
    monkeypatch.setattr(Enumeration, "find", lambda *_, **__: Unreachable())
    with pytest.raises(NotShown, match="a run has a local state that is said to be in none"):
        runs_of().find({"parity": frozenset({1})})


def test_an_engine_that_was_interrupted_is_made_anew(monkeypatch):
    def interrupted(*_, **__):
        raise OutOfTime

    subject = runs_of()
    engine = subject.reachability
    monkeypatch.setattr(Enumeration, "find", interrupted)
    with pytest.raises(OutOfTime):
        subject.find({"parity": frozenset({1})})
    assert subject.reachability is not engine


def test_without_time_no_answer_is_late(monkeypatch):
    monkeypatch.setattr(Enumeration, "find", lambda *_, **__: Undecided("gave up"))
    assert runs_of().find({"parity": frozenset({1})}) == Undecided("gave up")
    subject = Runs(Task(ABSOLUTE, model(), 4, None, Deadline.after(0)))
    sets = runs_of().value_sets
    monkeypatch.setattr(runs, "value_sets", lambda *_: sets)
    with pytest.raises(OutOfTime):
        subject.find({"parity": frozenset({1})})


def test_the_number_of_layers_is_that_of_the_longest_run():
    assert runs_of().most_layers == 3
    assert runs_of(max_layers=2).most_layers == 2


def test_a_single_layer_is_known_by_the_bound():
    assert runs_of(max_layers=1).single_layer
    assert not runs_of().single_layer


def test_layers_that_are_not_known_are_not_guessed(monkeypatch):
    monkeypatch.setattr(runs, "most_layers", lambda *_: None)
    with pytest.raises(NotShown, match="how many layers there are is not known"):
        _ = runs_of().most_layers


def test_a_program_without_an_end_has_no_most_layers():
    program = alta.program_spec_from_rules(
        variables={"bit": alta.input_var(2)}, heads={}, rules=[], output_name="bit", input_range=2
    )
    task = Task(program, alta.compile(program), 2, None, Deadline.after(None))
    assert Runs(task).most_layers is None
