"""Tokens and bounds on layers are checked against the program, and refused with what to do."""

from functools import partial

import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.errors import ProgramError, TokenError
from alta.interp.tokens import check_layers, each_limit, language_note
from tests.alta.lang.toys import copied, counter, toy

NAMED = toy(copied("x"), vocab=("a", "b", "START"), position_range=4)
EVERYWHERE = {
    "alta.run": alta.run,
    "alta.run_batch": lambda program, tokens: alta.run_batch(program, [[0], tokens])[1],
}
everywhere = pytest.mark.parametrize("run", EVERYWHERE.values(), ids=EVERYWHERE)

EQUAL = {
    "numbers": [2, 0, 1],
    "names": ["START", "a", "b"],
    "numbers and names": [2, "a", 1],
    "a string": "START a b",
    "a string with odd spaces": "  START\ta \n b ",
    "a tuple": (2, 0, 1),
    "a NumPy array": np.array([2, 0, 1], dtype=np.uint8),
    "bools": [2, False, True],
    "a JAX array": jnp.asarray(np.array([2, 0, 1], dtype=np.int8)),
    "JAX scalars": list(map(jnp.asarray, np.array([2, 0, 1], dtype=np.uint8))),
}

WRONG = {
    "-1": ([0, -1], "token -1 at position 1: 'toy' has the tokens 0 … 2"),
    "one too large": ([3], "token 3 at position 0: 'toy' has the tokens 0 … 2"),
    "an unknown name": (["a", "STAR"], "token 'STAR' at position 1 is not in the vocabulary"),
    "an unknown name in a string": ("a a c", "token 'c' at position 2 is not in the vocabulary"),
    "a number as a name": ("a 1", "token '1' at position 1 is not in the vocabulary"),
    "a float": ([1.0], "expected an int or a token name, got 1.0 (float)"),
    "None": ([None], "expected an int or a token name, got None (NoneType)"),
    "a list": ([[1]], "expected an int or a token name, got [1] (list)"),
    "a float of an array": (
        np.array([1.0]),
        "expected an int or a token name, got np.float64(1.0)",
    ),
    "a row of an array": (
        jnp.zeros((1, 2), int),
        "expected an int or a token name, got array([0, 0]",
    ),
}


@everywhere
@pytest.mark.parametrize("tokens", EQUAL.values(), ids=EQUAL)
def test_tokens_may_be_given_as(run, tokens):
    result = run(NAMED, tokens)
    assert result.tokens == (2, 0, 1)
    assert [type(token) for token in result.tokens] == [int] * 3
    assert result.outputs == (2, 0, 1)


@everywhere
@pytest.mark.parametrize(("tokens", "message"), WRONG.values(), ids=WRONG)
def test_a_token_is_refused_that_is(run, tokens, message):
    with pytest.raises(TokenError) as caught:
        run(NAMED, tokens)
    assert message in str(caught.value)
    assert isinstance(caught.value, ValueError)


@everywhere
def test_an_unknown_name_is_refused_with_the_nearest_one(run):
    with pytest.raises(TokenError, match="'START'"):
        run(NAMED, ["STAR"])


@everywhere
def test_a_sequence_longer_than_the_position_range_is_refused(run):
    assert run(NAMED, [0] * 4).outputs == (0,) * 4
    message = r"program 'toy' takes at most 4 tokens \(position_range\), got 5"
    with pytest.raises(TokenError, match=message):
        run(NAMED, [0] * 5)


def test_a_bound_is_the_program_s_own_unless_another_is_given():
    program = counter(9, layers=lambda length: 2 * length)
    assert check_layers(program, 3, None) == 6
    assert check_layers(program, 3, 1) == 1
    assert check_layers(counter(9, halt=alta.halt_spec("y", 2)), 3, None) is None


def test_bounds_are_one_for_all_inputs_or_one_for_each():
    assert list(each_limit(2, 3)) == [2, 2, 2]
    assert list(each_limit([1, None], 2)) == [1, None]
    with pytest.raises(ProgramError, match=r"one for each of the 3 inputs, got \[1, None\]"):
        each_limit([1, None], 3)


def test_an_input_outside_the_language_is_told_with_the_language():
    program = toy(inputs=alta.inputs.regex("1 (0|2)*"))
    assert language_note(program, [1, 0]) is None
    assert 'outside the program\'s language, regex "1 (0|2)*"' in language_note(program, [0, 0])


def test_an_error_on_an_input_outside_the_language_says_so():
    program = alta.program_spec_from_rules(
        variables={"x": alta.input_var(2)},
        heads={},
        rules=[alta.rule({"x": 1}, "x", 0), alta.rule({}, "x", 0)],
        output_name="x",
        input_range=2,
        layers=1,
        inputs=alta.inputs.regex("0*"),
    )
    with pytest.raises(alta.ConflictError) as raised:
        alta.run(program, [1])
    assert raised.value.__notes__[0].startswith("the input is outside the program's language, ")
    with pytest.raises(alta.ConflictError) as raised:
        alta.run(alta.replace(program, inputs=alta.inputs.anything()), [1])
    assert not hasattr(raised.value, "__notes__")


def test_the_rows_of_an_array_are_sequences():
    rows = np.array([[2, 0], [1, 1]])
    for run_batch in (partial(alta.run_batch, NAMED), alta.compile(NAMED).run_batch):
        assert [run.outputs for run in run_batch(jnp.asarray(rows))] == [(2, 0), (1, 1)]
