"""Guards after a step are true on exactly the inputs that give a name its value."""

from __future__ import annotations

from itertools import pairwise

import pytest

import alta
from alta.interp.step import Table, attend, halted, initial_state, mlp
from alta.lang.program import Program
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Deadline
from alta_verify.reach.slices import SlicedProgram, slice_of, whole
from alta_verify.reach.symbolic import transformer as symbolic_transformer
from alta_verify.reach.symbolic.graph import Literal
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.transformer import (
    Interrupted,
    State,
    Stuck,
    SymbolicTransformer,
)
from tests.alta_verify.reach.examples import chasing, ranking, sorting

NEVER = Deadline.after(None)


def begun(program: Program, length: int) -> tuple[Inputs, SymbolicTransformer, State]:
    abstraction = Abstraction.of(program)
    inputs = Inputs(program.inputs, length)
    sliced = SlicedProgram(abstraction, whole(abstraction.finite))
    transformer = SymbolicTransformer(sliced, inputs.graph)
    state = [transformer.initial(p, tokens) for p, tokens in enumerate(inputs.tokens)]
    return inputs, transformer, state


def neighbours() -> Program:
    """A program in which positions see equal keys, each those of its own neighbour."""
    return alta.program_spec_from_rules(
        name="neighbours",
        variables={"token": alta.input_var(2), "same": alta.var(2)},
        heads={"left": alta.qkv("same", "same", "token", [-1])},
        rules=[],
        output_name="token",
        input_range=2,
        layers=1,
    )


def assigned(inputs: Inputs, word: tuple[int, ...]) -> dict[Literal, bool]:
    """The values of the input literals on a word."""
    values = {}
    for guards, token in zip(inputs.tokens, word, strict=True):
        for other, guard in guards.items():
            if guard > 1:
                values[guard & ~1] = (other == token) != guard & 1
    return values


def check(inputs: Inputs, abstraction: Abstraction, word, state: State, table: Table) -> None:
    for guards, local in zip(state, table, strict=True):
        for name, summary in guards.items():
            held = inputs.graph.evaluate(summary.values(), assigned(inputs, word))
            true = [value for value, holds in zip(summary, held, strict=True) if holds]
            assert true == [abstraction.index_of(name, local[name])]


@pytest.mark.parametrize(
    ("program", "length", "layers"),
    [(chasing(), 2, 2), (sorting(), 4, 1), (ranking(2, 3), 3, 2), (neighbours(), 3, 1)],
    ids=["chasing", "sorting", "a mask", "equal keys in a mask"],
)
def test_every_name_has_the_value_of_the_interpreter_on_every_input(program, length, layers):
    inputs, transformer, state = begun(program, length)
    states, attended = [state], []
    for _ in range(layers):
        attended.append(transformer.attend(states[-1], {}, NEVER))
        states.append([transformer.write(guards, {}) for guards in attended[-1]])
    abstraction = Abstraction.of(program)
    for word in program.inputs.automaton(length).enumerate_words(length):
        table = initial_state(program, word)
        for (before, after), between in zip(pairwise(states), attended, strict=True):
            check(inputs, abstraction, word, before, table)
            stops = transformer.halted(before)
            assert inputs.graph.evaluate([stops], assigned(inputs, word)) == [
                halted(program, table)
            ]
            middle = attend(program, table)
            check(inputs, abstraction, word, between, middle)
            table = mlp(program, middle, layer=1)
            check(inputs, abstraction, word, after, table)


def test_a_head_that_is_kept_by_its_definedness_only_is_undefined_where_it_is_undefined():
    abstraction = Abstraction.of(chasing())
    partly = SlicedProgram(abstraction, slice_of(abstraction.finite, [], ["found"]))
    inputs, transformer, state = begun(chasing(), 2)
    whole_read = [guards["found"] for guards in transformer.attend(state, {}, NEVER)]
    part = SymbolicTransformer(partly, inputs.graph)
    part_read = [guards["found"] for guards in part.attend(state, {}, NEVER)]
    for kept, defined in zip(whole_read, part_read, strict=True):
        literals = [kept.get(-1, 0), defined.get(-1, 0)]
        first, second = inputs.sweeper.sweep(literals)
        assert first == second


def test_attention_stops_when_time_is_up_or_sums_are_too_many(monkeypatch):
    _, transformer, state = begun(sorting(), 4)
    with pytest.raises(Interrupted):
        transformer.attend(state, {}, Deadline.after(0))
    monkeypatch.setattr(symbolic_transformer, "_SUMS", 1)
    with pytest.raises(Stuck, match="too many different sums"):
        transformer.attend(state, {}, NEVER)
