"""A symbolic run ends where the runs end, with their outputs."""

from __future__ import annotations

from dataclasses import replace

import pytest

import alta
from alta import inputs
from alta.progress import listening
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Budget, Deadline, SolverCalls, Work
from alta_verify.reach.answer import Reachable, Undecided, Unfinished, Unreachable
from alta_verify.reach.slices import SlicedProgram, whole
from alta_verify.reach.symbolic.graph import FALSE
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.run import SymbolicEngine, SymbolicRun, most_layers
from alta_verify.reach.symbolic.transformer import SymbolicTransformer
from alta_verify.universal import Empty
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


def test_a_symbolic_run_tells_which_layer_it_is_at():
    heard: list[str] = []
    with listening(heard.append):
        run_of(sorting(), 3, 2)[1].advance(NEVER)
    assert heard == [f"layer {number} of all runs on 3 tokens" for number in (1, 2, 3)]


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


def symbolic(program, max_len: int) -> tuple[SymbolicEngine, Work]:
    abstraction, work, made = Abstraction.of(program), Work(), {}
    lengths = [length for length in program.inputs.lengths(max_len) if length > 0]

    def of(length: int) -> Inputs:
        return made.setdefault(length, Inputs(program.inputs, length, work=work))

    kept = {length: of(length) for length in lengths}
    sliced = SlicedProgram(abstraction, whole(abstraction.finite))
    return SymbolicEngine(sliced, lengths, kept.get), work


def test_a_symbolic_run_that_is_interrupted_ends_as_it_would_have_ended():
    program, pattern = sorting("BOS [1-5]*", inputs.regex), {"fetched": frozenset({-1})}
    uninterrupted, _ = symbolic(program, 4)
    expected = uninterrupted.find(pattern, NEVER)
    piecewise, work = symbolic(program, 4)
    answers = []
    while not answers or answers[-1] == Unfinished():
        answers.append(piecewise.find(pattern, Budget(work, 300, NEVER)))
        assert len(answers) < 1000
    assert len(answers) > 3
    assert answers[-1] == expected
    assert isinstance(expected, Reachable)


def test_a_symbolic_run_that_raised_is_not_gone_on_with(monkeypatch):
    program, pattern = sorting(), {"fetched": frozenset({-1})}
    one, _ = symbolic(program, 4)
    with monkeypatch.context() as patch:
        patch.setattr(SymbolicTransformer, "write", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            one.find(pattern, NEVER)
    assert one.find(pattern, NEVER) == Undecided("an error ended the run")


def most(program, *lengths: int, max_layers: int | None = None, clock: Deadline = NEVER):
    abstraction = Abstraction.of(program)
    return most_layers(abstraction, lengths, max_layers, clock, SolverCalls())


def test_runs_that_halt_have_as_many_layers_as_they_take_to_it():
    assert most(chasing(), 2) == 2
    assert most(chasing(), 2, clock=Deadline.after(0)) is None


def test_a_bound_counts_without_a_run():
    bounded = replace(chasing(), layers=lambda length: 3 * length)
    assert most(bounded, 1, 2, clock=Deadline.after(0)) == 6
    assert most(bounded, 1, 2, max_layers=4) == 4


def test_runs_that_nothing_ends_have_no_number_of_layers():
    halting = chasing()
    assert most(replace(halting, halt=None), 2) is None
    # Its counter stays at 1.
    stuck = replace(halting, mlp=tuple(rule for rule in halting.rules if rule.value != 2))
    assert most(stuck, 2) is None


def test_of_no_length_nothing_is_concluded():
    with pytest.raises(Empty):
        most(chasing())
