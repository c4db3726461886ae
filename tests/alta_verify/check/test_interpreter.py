"""The checker's interpreter gives the outputs that programs have by their meaning."""

from __future__ import annotations

from dataclasses import replace

import pytest

import alta
from alta.lang.program import program_text
from alta_verify.check.interpreter import Interpreter
from alta_verify.check.meant import text_of
from alta_verify.check.refused import Refused
from alta_verify.check.text import read_program
from tests.alta_verify.reach.examples import chasing, ranking, sorting

PROGRAMS = {
    "relative": (alta.programs.parity_sequential_relative(), 6, None),
    "absolute": (alta.programs.parity_sequential_absolute(max_length=6), 6, None),
    "fewer layers": (alta.programs.parity_sequential_relative(), 6, 2),
    "means": (alta.programs.parity_sum_mod_2_intermediate(max_length=6), 6, None),
    "sets, a causal mask and means": (ranking(2, 4), 4, None),
    "distinct": (sorting("BOS [1-4]*"), 5, None),
    "keys": (chasing(), 2, None),
    "digits": (alta.programs.addition(), 5, None),
}


def read(program):
    return read_program(program_text(program))


@pytest.mark.parametrize(("program", "longest", "layers"), PROGRAMS.values(), ids=list(PROGRAMS))
def test_outputs_are_those_of_the_interpreter_on_every_input(program, longest, layers):
    own = read(program)
    interpreter = Interpreter(own, layers)
    values = [text_of(value) for value in own.variables[own.output].values]
    words = [word for word in program.inputs.enumerate(longest) if word]
    # Some hundreds are as good as all hundred thousand sums.
    for word in words[:: max(1, len(words) // 300)]:
        expected = alta.run(program, list(word), max_layers=layers).outputs
        assert [values[index] for index in interpreter.outputs(word)] == list(
            map(text_of, expected)
        )


def test_a_run_that_nothing_ends_is_refused():
    stuck = replace(chasing(), mlp=tuple(rule for rule in chasing().rules if rule.value != 2))
    word = next(word for word in stuck.inputs.enumerate(2) if len(word) == 2)
    with pytest.raises(Refused, match="repeats a state, and nothing ends it"):
        Interpreter(read(stuck), None).outputs(word)
    # A bound ends it.
    assert len(Interpreter(read(stuck), 7).outputs(word)) == 2


def writing(*rules: alta.Rule) -> alta.Program:
    return alta.program_spec_from_rules(
        name="writing",
        variables={"x": alta.input_var(2), "y": alta.var(2)},
        heads={},
        rules=rules,
        output_name="y",
        input_range=2,
        layers=1,
    )


@pytest.mark.parametrize(
    "rules",
    [
        (alta.rule({"x": 1}, "y", 1), alta.rule({"x": 1, "y": 0}, "y", 1)),
        (alta.rule({"x": 1}, "y", 2),),
    ],
    ids=["conflict", "trap"],
)
def test_a_run_that_fails_is_refused_and_no_other(rules):
    interpreter = Interpreter(read(writing(*rules)), None)
    assert interpreter.outputs((0,)) == [0]
    with pytest.raises(Refused, match="a run conflicts, or is trapped, where y is written"):
        interpreter.outputs((1,))
