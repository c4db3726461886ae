"""SUBLEQ: known programs, every image of small memories, and every way to halt."""

import random
from typing import Any

import pytest

import alta
from alta.errors import AltaError, ProgramError, TokenError
from tests.alta.programs.intended import check_intended, without

SUBLEQ: Any = alta.programs.subleq()

ADD = "9 11 3  11 10 6  11 11 -1  5 10"
"""Adds cell 9 to cell 10, by way of cell 11."""

COUNT = "9 10 6  11 11 0  11 11 -1  1 4"
"""Counts cell 10 down to 0, by ones."""


def changed(text, **cells):
    """The image of a text, filled up with zeros, with some cells replaced, as text."""
    image = (text.split() + ["0"] * 16)[:16]
    for cell, value in cells.items():
        image[int(cell.removeprefix("cell_"))] = str(value)
    return " ".join(image)


AT_THE_END = changed("3 3 13", cell_15=-1)
"""Goes on at cell 13, where it sets cell 0 to 0."""


@pytest.mark.parametrize(
    ("text", "answer", "layers"),
    [
        pytest.param(ADD, changed(ADD, cell_10=15), 4 * 3 + 1, id="add"),
        pytest.param(COUNT, changed(COUNT, cell_10=0), 4 * (4 + 3 + 1) + 1, id="count down"),
        pytest.param("3 3 -1", changed("3 3 -1"), 4 + 1, id="jump to -1"),
        pytest.param("4 5 0 -1 1 5", changed("4 5 0 -1 1 4"), 4 + 2, id="go on where b is above 0"),
        pytest.param(AT_THE_END, changed(AT_THE_END, cell_0=0), 2 * 4 + 1, id="code at the end"),
        pytest.param("3 3 14", changed("3 3 14"), 4 + 1, id="jump to where no code fits"),
        pytest.param("3 3 15", changed("3 3 15"), 4 + 1, id="jump to the last cell"),
        pytest.param("3 3 16", changed("3 3 16"), 4 + 1, id="jump just outside"),
        pytest.param("-1 3 0 7", changed("-1 3 0 7"), 2, id="a is negative"),
        pytest.param("16 3 0 7", changed("16 3 0 7"), 2, id="a is too great"),
        pytest.param("3 -1 0 7", changed("3 -1 0 7"), 2, id="b is negative"),
        pytest.param("3 16 0 7", changed("3 16 0 7"), 2, id="b is too great"),
        pytest.param("-1 16 0 7", changed("-1 16 0 7"), 2, id="a and b are outside"),
        pytest.param(
            "3 4 -1 -1 16", changed("3 4 -1 -1 -16"), 4 + 1, id="too great a result wraps around"
        ),
        pytest.param(
            "3 4 -1 16 -2", changed("3 4 -1 16 15"), 4 + 2, id="too small a result wraps around"
        ),
        pytest.param("3 2 -1 5", changed("3 2 -6 5"), 4 + 1, id="c as it was before the write"),
        pytest.param("3 0 -1 3", changed("3 0 -1 3", cell_0=0), 4 + 1, id="a is overwritten"),
        pytest.param("1 1 -1", changed("1 0 -1"), 4 + 1, id="b is overwritten"),
    ],
)
def test_a_program_leaves_the_intended_memory(text, answer, layers):
    (run,) = check_intended(SUBLEQ, [SUBLEQ.encode(text)], compiled=0)
    assert run.text == answer
    assert run.n_layers == layers


def halting(program, words):
    """Those words on which the computer halts."""

    def halts(word):
        try:
            program.oracle(word)
        except AltaError:
            return False
        return True

    return [word for word in words if halts(word)]


@pytest.mark.parametrize(
    ("cells", "max_value", "number", "halts"),
    [(3, 1, 27, 26), (3, 2, 125, 122), (4, 1, 81, 76), (4, 2, 625, 608)],
)
def test_small_computers_are_right_on_every_image(cells, max_value, number, halts):
    program = alta.programs.subleq(cells=cells, max_value=max_value)
    words = list(program.inputs.enumerate(20))
    assert len(words) == number
    halting_words = halting(program, words)
    assert len(halting_words) == halts
    check_intended(program, halting_words, compiled=20 if number == 125 else 0)
    for word in set(words) - set(halting_words):
        assert not alta.run(program, word, max_layers=200).halted


def test_random_images_are_right():
    rng = random.Random(0)
    # Values that are addresses are rare among all values, and then not much happens.
    images = [[rng.randrange(16, 32) for _ in range(16)] for _ in range(30)]
    images += [[rng.randrange(33) for _ in range(16)] for _ in range(10)]
    runs = check_intended(SUBLEQ, halting(SUBLEQ, images), singly=3, compiled=5)
    assert max(run.n_layers for run in runs) > 30


def test_a_missing_difference_is_noticed():
    broken = without(SUBLEQ, "mem", mem=SUBLEQ.vocab.index("10"), mem_a=SUBLEQ.vocab.index("-5"))
    with pytest.raises(AssertionError, match="subleq"):
        check_intended(broken, [SUBLEQ.encode(ADD)], compiled=0)


def test_a_program_that_never_halts_runs_until_max_layers():
    tokens = SUBLEQ.encode("3 3 0")
    run = alta.run(SUBLEQ, tokens, max_layers=21)
    assert not run.halted
    assert run.n_layers == 21
    with pytest.raises(AltaError, match=r"program '3 3 0 0 .* never halts"):
        SUBLEQ.oracle(tokens)


def test_a_computer_that_comes_back_to_a_state_after_a_while_never_halts():
    # Cell 10 counts up from -16 to 16 and then wraps around.
    tokens = SUBLEQ.encode(changed("9 10 0  11 11 0", cell_9=-1, cell_10=-16))
    with pytest.raises(AltaError, match="never halts"):
        SUBLEQ.oracle(tokens)


def test_an_input_is_the_whole_memory_and_nothing_else():
    assert SUBLEQ.inputs.count(15) == 0
    assert SUBLEQ.inputs.count(16) == SUBLEQ.inputs.count(99) == 33**16
    assert SUBLEQ.inputs.contains(changed(ADD))


def test_tokens_are_named_by_their_values():
    assert SUBLEQ.vocab[0] == "-16"
    assert SUBLEQ.vocab[16] == "0"
    assert SUBLEQ.vocab[-1] == "16"


def test_text_is_filled_up_with_zeros():
    assert SUBLEQ.encode("") == [16] * 16
    assert SUBLEQ.encode("1 -1") == SUBLEQ.encode("+1  -01\n") == [17, 15] + [16] * 14
    assert SUBLEQ.decode(SUBLEQ.encode(ADD)) == changed(ADD)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("1 2 17", r"expected a number in -16 … 16, got '17' in cell 2"),
        ("-17", r"got '-17' in cell 0"),
        ("1 two", r"got 'two' in cell 1"),
        ("1,2", r"got '1,2' in cell 0"),
        ("1 --1", r"got '--1' in cell 1"),
        ("9" * 5000, r"got '9999"),
        ("1 " * 17, r"expected at most 16 numbers, got 17; .* build the program with more cells"),
    ],
    ids=["too great", "too small", "a word", "a comma", "two signs", "thousands of digits", "long"],
)
def test_other_text_is_refused(text, wrong):
    with pytest.raises(TokenError, match=wrong):
        SUBLEQ.encode(text)


def test_sizes_change_memory_and_values():
    program: Any = alta.programs.subleq(cells=20, max_value=30)
    assert len(program.vocab) == 61
    assert program.inputs.max_length == program.position_range == 20
    (run,) = check_intended(
        program, [program.encode("16 17 0 -1" + " 0" * 12 + " 7 30")], compiled=0
    )
    assert run.text.endswith(" 7 23 0 0")


@pytest.mark.parametrize(
    ("sizes", "wrong"),
    [
        ({"cells": 2}, "subleq: cells: expected at least 3, got 2"),
        ({"max_value": 0}, "subleq: max_value: expected at least 1, got 0"),
        ({"cells": 4.5}, "subleq: cells: expected an int, got 4.5"),
        ({"max_value": "7"}, "subleq: max_value: expected an int, got '7'"),
    ],
    ids=str,
)
def test_sizes_that_make_no_sense_are_refused(sizes, wrong):
    with pytest.raises(ProgramError, match=wrong):
        alta.programs.subleq(**sizes)
