"""The parity programs: right on every short input and on long random ones."""

import random
from typing import Any

import pytest

import alta
from alta.errors import TokenError

RELATIVE: Any = alta.programs.parity_sequential_relative()
ABSOLUTE: Any = alta.programs.parity_sequential_absolute()
PARITY = {"relative": RELATIVE, "absolute": ABSOLUTE}

parity = pytest.mark.parametrize("program", PARITY.values(), ids=PARITY)


def parities(bits):
    """The intended answer, written once more."""
    return tuple(sum(bits[: n + 1]) % 2 for n in range(len(bits)))


@parity
def test_parity_is_right_on_every_input_of_up_to_nine_tokens(program):
    words = list(program.inputs.enumerate(9))
    assert len(words) == (2**9 - 1 if program is RELATIVE else 2**10 - 1)
    for word, run in zip(words, alta.run_batch(program, words), strict=True):
        bits = [0, *word[1:]] if program is RELATIVE else word
        assert run.outputs == parities(bits) == tuple(program.oracle(word))
        assert run.halted
        assert run.n_layers == max(0, len(word) - 1)


@parity
def test_parity_is_right_on_random_inputs_of_forty_tokens(program):
    rng = random.Random(0)
    first = [2] if program is RELATIVE else []
    words = [first + rng.choices([0, 1], k=40 - len(first)) for _ in range(100)]
    for word, run in zip(words, alta.run_batch(program, words), strict=True):
        assert program.inputs.contains(word)
        assert run.outputs == tuple(program.oracle(word))
        assert run.outputs[-1] == sum(bit for bit in word if bit < 2) % 2
        assert run.n_layers == 39


def test_relative_parity_takes_start_and_then_bits():
    contains = RELATIVE.inputs.contains
    assert contains("START")
    assert contains("START 0 1 1")
    assert not contains("0 1")
    assert not contains("START 0 START")
    assert not contains("")


def test_absolute_parity_takes_bits_up_to_its_size():
    program = alta.programs.parity_sequential_absolute(max_length=4)
    assert program.inputs.contains("0 1 1 0")
    assert not program.inputs.contains("0 1 1 0 1")
    with pytest.raises(TokenError, match=r"at most 4 tokens \(position_range\), got 5"):
        alta.run(program, "0 1 1 0 1")


@parity
@pytest.mark.parametrize(("text", "answer"), [("0", "0"), ("1", "1"), ("1101", "1"), ("11", "0")])
def test_text_is_a_string_of_bits_and_the_answer_their_parity(program, text, answer):
    tokens = program.encode(text)
    assert program.inputs.contains(tokens)
    run = alta.run(program, tokens)
    assert program.decode(run.outputs) == run.text == answer


def test_no_text_is_no_bits():
    assert RELATIVE.encode("") == [2]
    assert alta.run(RELATIVE, RELATIVE.encode("")).text == "0"
    assert ABSOLUTE.encode("") == []
    assert alta.run(ABSOLUTE, []).text == ""


@parity
@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        pytest.param("102", "'2' at 2", id="a digit"),
        pytest.param("1 0", "' ' at 1", id="a space"),
        pytest.param("START", "'S' at 0", id="a token name"),
    ],
)
def test_other_text_is_refused(program, text, wrong):
    with pytest.raises(TokenError, match=f"expected a string of 0 and 1, got {wrong}"):
        program.encode(text)


def test_the_two_parity_programs_share_their_rules():
    assert set(RELATIVE.rules) == set(ABSOLUTE.rules)
