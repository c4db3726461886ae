"""What is refused when a program is built, and what can be replaced in it."""

import pytest

import alta
from alta.errors import InputLanguageError
from tests.alta.lang.toys import case, refuses, toy

PARTS = [
    case(
        "an unknown output",
        lambda: toy(output_name="z"),
        "output_name: no variable 'z'; known names: x, y",
    ),
    case(
        "a misspelt output",
        lambda: toy(output_name="parityy", variables={"parity": alta.var(2)}),
        "output_name: no variable 'parityy'; did you mean 'parity'?",
    ),
    case(
        "a head as output",
        lambda: toy(output_name="h", heads={"h": alta.v_relative("x", 1)}),
        "output_name: 'h' is a head output",
        "use a variable and copy the head output into it",
    ),
    case(
        "an unknown halt variable",
        lambda: toy(halt=alta.halt_spec("dome"), variables={"done": alta.var(2)}),
        "halt_var: no variable 'dome'; did you mean 'done'?",
    ),
    case(
        "a head as halt variable",
        lambda: toy(halt=alta.halt_spec("h"), heads={"h": alta.v_relative("x", 1)}),
        "halt_var: 'h' is a head output",
    ),
    case(
        "a halt value out of range",
        lambda: toy(halt=alta.halt_spec("y", 3)),
        "halt_value: variable 'y' has the values 0 … 2, got 3",
    ),
    case(
        "a halt value that is no int",
        lambda: toy(halt=alta.halt_spec("y", "1")),
        "halt_value of 'y': expected an int, got '1' (str)",
    ),
    case(
        "a halt that is no halt spec",
        lambda: toy(halt="y"),
        "halt: expected the result of alta.halt_spec, got 'y'",
    ),
    case(
        "no tokens",
        lambda: toy(input_range=0),
        "input_range: expected at least 1, got 0",
    ),
    case(
        "an input_range that is no int",
        lambda: toy(input_range=2.5),
        "input_range: expected an int, got 2.5 (float)",
    ),
    case(
        "no positions",
        lambda: toy(position_range=0),
        "position_range: expected at least 1, got 0",
    ),
    case(
        "a negative number of layers",
        lambda: toy(layers=-1),
        "layers: expected at least 0, got -1",
    ),
    case(
        "a number of layers that is no int",
        lambda: toy(layers="3"),
        "layers: expected an int, got '3' (str)",
    ),
    case(
        "too few token names",
        lambda: toy(vocab=("a", "b")),
        "vocab: expected one name for each of the 3 tokens (input_range), got 2",
    ),
    case(
        "two tokens of one name",
        lambda: toy(vocab=("a", "b", "a")),
        "vocab: the name 'a' is given to two tokens",
    ),
    case(
        "a token name that is no str",
        lambda: toy(vocab=("a", "b", 2)),
        "vocab: token 2: expected a non-empty str without white space, got 2",
    ),
    case(
        "a token name with a space",
        lambda: toy(vocab=("a", "b c", "d")),
        "vocab: token 1: expected a non-empty str without white space, got 'b c'",
    ),
    case(
        "inputs that are no input language",
        lambda: toy(inputs="0 1*"),
        "inputs: expected an input language from alta.inputs, got '0 1*'",
    ),
]


@pytest.mark.parametrize(("build", "fragments"), PARTS)
def test_a_program_is_refused_that_has(build, fragments):
    refuses(build, fragments)


def test_a_language_that_names_no_token_is_refused_with_the_nearest_one():
    with pytest.raises(InputLanguageError, match="got 'STAR'; did you mean 'START'"):
        toy(vocab=("0", "1", "START"), inputs=alta.inputs.regex("STAR (0|1)*"))


def test_every_refusal_is_a_value_error():
    with pytest.raises(ValueError, match="output_name"):
        toy(output_name="z")


@pytest.mark.parametrize(
    ("part", "value", "text"),
    [
        ("variables", ["x"], "variables: expected a dict by name, got ['x']"),
        ("heads", None, "heads: expected a dict by name, got None"),
        ("output_name", ["y"], "output_name: expected the name of a variable, got ['y']"),
        ("vocab", 3, "vocab: expected a list of token names, got 3"),
        ("rules", alta.MLPBuilder({}, {}), "its rules are in .rules"),
        ("rules", 3, "rules: expected a list of rules, got 3"),
        ("oracle", [1], "oracle: expected a function or None, got [1]"),
        ("encode", "0", "encode: expected a function or None, got '0'"),
        ("decode", 1, "decode: expected a function or None, got 1"),
    ],
)
def test_a_part_that_is_something_else_is_refused(part, value, text):
    with pytest.raises(alta.ProgramError) as caught:
        alta.replace(toy(), **{part: value})
    assert text in str(caught.value)
