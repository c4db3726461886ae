"""A symbolic run ends where the runs end, with their outputs."""

from __future__ import annotations

from dataclasses import replace

import pytest

import alta
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Deadline
from alta_verify.reach.answer import Reachable, Unreachable
from alta_verify.reach.slices import SlicedProgram, whole
from alta_verify.reach.symbolic.graph import FALSE
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.run import SymbolicRun
from tests.alta_verify.reach.examples import chasing, sorting
from tests.alta_verify.reach.symbolic.test_transformer import assigned

NEVER = Deadline.after(None)


def run_of(program, length: int, max_layers: int | None = None) -> tuple[Inputs, SymbolicRun]:
    abstraction = Abstraction.of(program)
    inputs = Inputs(program.inputs, length)
    sliced = SlicedProgram(abstraction, whole(abstraction.finite))
    return inputs, SymbolicRun(sliced, inputs, max_layers)


def read_outputs(inputs: Inputs, run: SymbolicRun, word) -> list[int]:
    values = []
    for position in range(len(word)):
        outputs = run.outputs(position)
        held = inputs.graph.evaluate(outputs.values(), assigned(inputs, word))
        values += [value for value, holds in zip(outputs, held, strict=True) if holds]
    return values


@pytest.mark.parametrize(
    ("program", "length", "bound"), [(chasing(), 2, None), (sorting(), 3, 9)], ids=["halt", "bound"]
)
def test_outputs_are_those_of_the_interpreter_on_every_input(program, length, bound):
    inputs, run = run_of(program, length, bound)
    assert run.advance(NEVER)
    assert run.endless == FALSE
    for word in program.inputs.automaton(length).enumerate_words(length):
        expected = alta.run(program, list(word), max_layers=bound).outputs
        assert read_outputs(inputs, run, word) == list(expected)


def test_a_local_state_is_found_in_the_layer_that_has_it_and_in_no_other():
    _, run = run_of(chasing(), 2)
    answer = run.find({"found": frozenset({-1}), "count": frozenset({1})}, NEVER)
    assert isinstance(answer, Reachable)
    assert answer.layer == 2
    assert run.find({"count": frozenset({2})}, NEVER) == Unreachable()


def test_runs_that_repeat_a_state_for_ever_are_endless_unless_there_is_a_bound():
    stuck = replace(chasing(), mlp=tuple(r for r in chasing().rules if r.value != 2))
    _, run = run_of(stuck, 2)
    assert run.advance(NEVER)
    assert run.endless != FALSE
    _, bounded = run_of(stuck, 2, 50)
    assert bounded.advance(NEVER)
    assert bounded.endless == FALSE
    assert len(bounded.layers) < 50
