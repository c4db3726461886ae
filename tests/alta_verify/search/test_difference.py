"""All that a model shows a user is compared: tokens, states, ends, outputs and their texts."""

from __future__ import annotations

from dataclasses import replace

import pytest

import alta
from alta.nn.model import Model
from alta_verify.search.difference import Difference, first_difference, layers_to_take, other_read
from tests.alta_verify.search.damage import PARITY, compiled, damaged, misled

WORD = (2, 1, 1)


def made_for(**changes: object) -> Model:
    """The compiled model, taken for one of a changed program."""
    return replace(compiled("parity"), program=alta.replace(PARITY, **changes))


def difference(model: Model | None, program: alta.Program = PARITY) -> Difference | None:
    return first_difference(program, model, WORD, None)


def test_a_right_model_shows_no_difference():
    assert difference(compiled("parity")) is None
    assert difference(None) is None


def test_a_token_by_another_name_is_the_first_difference():
    first = difference(made_for(vocab=("1", "0", "START"), inputs=None))
    assert first == Difference(0, 1, "parity", "'1' is token 1", "'1' is token 0")
    first = difference(made_for(vocab=("0", "one", "START"), inputs=None))
    assert first == Difference(0, 1, "parity", "'1' is token 1", "'1' is no token")


def test_the_first_layer_that_differs_is_named_with_both_values():
    first = difference(damaged("parity", "mlp.lookup_out", lambda array: 0 * array))
    assert first is not None
    assert (first.layer, first.kind) == (1, "mismatch")
    assert first.expected != first.actual


@pytest.mark.parametrize(
    ("changes", "expected", "actual"),
    [
        ({"halt": None}, "halted after 2 layers", "running after 2 layers"),
        ({"layers": 1}, "halted after 2 layers", "running after 1 layer"),
    ],
    ids=["no halt", "one layer"],
)
def test_an_end_that_differs_is_said_in_words(changes, expected, actual):
    first = difference(made_for(**changes))
    assert first is not None
    assert (first.expected, first.actual) == (expected, actual)


def test_another_output_and_another_text_are_differences():
    first = difference(made_for(output_name="done"))
    assert first is not None
    assert (first.position, first.layer) == (0, 2)
    reading = alta.replace(PARITY, decode=lambda outputs: "odd")
    assert difference(made_for(decode=lambda outputs: "odd"), reading) is None
    first = difference(made_for(decode=lambda outputs: 1 / 0), reading)
    assert first is not None
    assert first.expected == "outputs are decoded to 'odd'"
    assert first.actual == "decoding of outputs fails with ZeroDivisionError"


def test_a_program_that_fails_differs_from_nothing_but_fails():
    program = alta.program_spec_from_rules(
        name="trapping",
        variables={"token": alta.input_var(3), "steps": alta.var(2)},
        heads={},
        rules=[alta.rule({"token": 1}, "steps", 1), alta.rule({"steps": 1}, "steps", 2)],
        output_name="steps",
        input_range=3,
        layers=2,
    )
    first = difference(None, program)
    assert first is not None
    assert (first.layer, first.position, first.variable, first.kind) == (2, 1, "steps", "conflict")
    assert layers_to_take(program, WORD, None) == 2


def test_a_run_that_never_ends_is_followed_until_it_repeats_itself():
    endless = alta.replace(PARITY, halt=None)
    assert layers_to_take(endless, WORD, 50) < 10
    assert layers_to_take(PARITY, WORD, 1) == 1


def test_a_head_that_reads_something_else_is_named_though_no_variable_shows_it():
    assert other_read(PARITY, compiled("parity"), WORD, 2) is None
    text = other_read(PARITY, misled(), WORD, 1)
    assert (
        text == "in layer 1, position 1: head done_left reads 1 in the program and 0 in the model"
    )
