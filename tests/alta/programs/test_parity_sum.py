"""Parity by counting: right for every number of ones, at every size."""

import random
from itertools import pairwise
from typing import Any

import pytest

import alta
from alta.errors import ProgramError, TokenError
from tests.alta.programs.intended import check_intended, without

SUM: Any = alta.programs.parity_sum_mod_2
INTERMEDIATE: Any = alta.programs.parity_sum_mod_2_intermediate
START = 2

both_programs = pytest.mark.parametrize(
    "build", [SUM, INTERMEDIATE], ids=["parity_sum_mod_2", "parity_sum_mod_2_intermediate"]
)


def counts(max_length, seed=0):
    """Inputs of the greatest length, with each number of ones, in a random order."""
    rng = random.Random(seed)
    for count in range(max_length):
        bits = [1] * count + [0] * (max_length - 1 - count)
        rng.shuffle(bits)
        yield [START, *bits]


@both_programs
def test_parity_is_right_on_every_input_of_up_to_nine_tokens(build):
    program = build(max_length=9)
    words = list(program.inputs.enumerate(20))
    assert len(words) == 2**9 - 1
    for run in check_intended(program, words):
        assert set(run.outputs) == {sum(run.tokens[1:]) % 2}
        assert run.n_layers == program.layers


@both_programs
@pytest.mark.parametrize("max_length", [1, 2, 10, 50])
def test_every_number_of_ones_up_to_the_size_is_right(build, max_length):
    program = build(max_length=max_length)
    compiled = 0 if max_length == 10 else max_length
    runs = check_intended(program, counts(max_length), singly=5, compiled=compiled)
    assert [run.tokens.count(1) for run in runs] == list(range(max_length))


@both_programs
def test_a_long_input_is_right_for_every_number_of_ones(build):
    program = build(max_length=400)
    check_intended(program, counts(400), singly=1)


@both_programs
def test_a_missing_mean_is_noticed(build):
    program = build(max_length=10)
    variable = "parity" if build is SUM else "ones"
    # 1/8, of seven ones, is the third of ten means.
    broken = without(program, variable, mean=2)
    check_intended(broken, [[START, *[1] * count] for count in (0, 3, 6, 8)], compiled=0)
    with pytest.raises(AssertionError, match="parity_sum"):
        check_intended(broken, [[START, *[1] * 7]], compiled=0)


def test_the_number_of_ones_is_known_after_the_first_layer():
    run = alta.run(INTERMEDIATE(), "START 1 0 1 1")
    assert [local["ones"] for local in run.states[0].after_mlp] == [3] * 5
    assert [local["parity"] for local in run.states[0].after_mlp] == [0] * 5
    assert run.outputs == (1,) * 5


def test_the_means_of_the_second_program_leave_room_for_noise():
    means = INTERMEDIATE(max_length=20).domains["mean"].values
    gaps = [high - low for low, high in pairwise(means)]
    assert min(gaps) > 2.5
    assert [mean / 1024 for mean in means] == list(SUM(max_length=20).domains["mean"].values)


@both_programs
@pytest.mark.parametrize(("text", "answer"), [("", "0"), ("1", "1"), ("1101", "1"), ("11", "0")])
def test_text_is_a_string_of_bits_and_the_answer_their_parity(build, text, answer):
    program = build()
    assert program.inputs.contains(program.encode(text))
    assert alta.run(program, program.encode(text)).text == answer
    with pytest.raises(TokenError, match="expected a string of 0 and 1, got '2' at 1"):
        program.encode("12")


@both_programs
def test_inputs_are_start_and_then_bits_up_to_the_size(build):
    program = build(max_length=4)
    assert program.inputs.contains("START 1 1 1")
    assert not program.inputs.contains("START 1 1 1 1")
    assert not program.inputs.contains("1 1")
    assert not program.inputs.contains("START START")


@both_programs
@pytest.mark.parametrize("size", [0, -3, 2.5, "4"], ids=repr)
def test_a_size_that_makes_no_sense_is_refused(build, size):
    with pytest.raises(ProgramError, match=f"{build.__name__}: max_length: expected "):
        build(max_length=size)
