"""A layer in clauses is the layer of the interpreter, in the middle of every window of a run."""

from __future__ import annotations

import random

import pytest

import alta
from alta.errors import ExecutionError
from alta.interp.step import initial_state, successor
from alta.lang.program import Program
from alta.lang.rules import rule
from alta_verify.abstraction import Abstraction
from alta_verify.reach.windows.encoding import Window
from alta_verify.reach.windows.system import System


def program_with(heads: dict, **variables) -> Program:
    rules = [rule({name: value}, name[0], (value + 1) % 3) for name in heads for value in range(3)]
    return alta.program_spec_from_rules(
        variables={"x": alta.input_var(3), "y": alta.input_var(3, init_fn=lambda t: 2 - t)}
        | variables,
        heads=heads,
        rules=rules,
        output_name="x",
        input_range=3,
        layers=3,
    )


PROGRAMS = {
    "neighbours": program_with(
        {"x_left": alta.v_relative("x", -1), "y_far": alta.v_relative("x", 2)}
    ),
    "itself": program_with({"x_here": alta.v_relative("y", 0)}),
    "one of two": program_with({"x_some": alta.qkv(None, None, "y", [-1, 1])}),
    "by content": program_with({"x_same": alta.qkv("x", "y", "x", [-1, 0, 1])}),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_windows_of_runs_have_the_layer_of_the_interpreter(name):
    program = PROGRAMS[name]
    system = System(Abstraction.of(program), None)
    window = Window(system, 2)
    rng = random.Random(0)
    for length in (1, 2, 3, 5, 6):
        tokens = [rng.randrange(3) for _ in range(length)]
        state = initial_state(program, tokens)
        for place in range(length - 1):
            places = {p: place + p for p in window.places if 0 <= place + p < length}
            given = [window.exists[p] if p in places else -window.exists[p] for p in window.places]
            for p, at in places.items():
                given.append(window.ghost("token", p)[tokens[at]])
                given += [window.before[p][n][state[at][n]] for n in program.variables]
            try:
                after = successor(program, state, layer=1).after_mlp
            except ExecutionError:
                continue
            assert window.solver.solve([*given, window.stepping])
            for p in range(2):
                held = {
                    n: next(
                        v
                        for v, x in window.after[p][n].items()
                        if window.solver.model_value(abs(x)) is (x > 0)
                    )
                    for n in program.variables
                }
                assert held == dict(after[place + p]), (tokens, place)


def test_a_position_that_fails_is_seen_to():
    program = program_with({"x_left": alta.v_relative("x", -1)})
    system = System(Abstraction.of(program), None)
    window = Window(system, 1)
    # The first position reads UNDEFINED.
    assert not window.solver.solve([window.stepping, window.ghost("first", 0)[1]])
    assert window.solver.solve([window.running, window.ghost("first", 0)[1]])
    assert window.solver.solve([window.stepping])
