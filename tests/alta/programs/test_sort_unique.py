"""Sorting: right on every selection in every order, and on all numbers in random orders."""

import random
from typing import Any

import pytest

import alta
from alta.errors import ProgramError, TokenError
from tests.alta.programs.intended import check_intended, without

SORT: Any = alta.programs.sort_unique()


def test_every_order_of_every_selection_of_six_numbers_is_right():
    program = alta.programs.sort_unique(max_value=6)
    words = list(program.inputs.enumerate(20))
    assert len(words) == 1957
    for run in check_intended(program, words):
        assert run.outputs == tuple(sorted(run.tokens))
        assert run.n_layers == 2


@pytest.mark.parametrize("size", [8, 15, 40])
def test_random_selections_in_random_orders_are_right(size):
    program = alta.programs.sort_unique(max_value=size)
    rng = random.Random(size)
    numbers = list(range(1, size + 1))
    words = [[0, *rng.sample(numbers, rng.randrange(size + 1))] for _ in range(40)]
    words += [[0, *numbers], [0, *reversed(numbers)], [0, *rng.sample(numbers, size)]]
    # The small program is compiled above, and every model takes as long to be compiled.
    check_intended(program, words, singly=2, compiled=0 if size == 8 else 20)


def test_a_missing_rank_is_noticed():
    # 1/3 belongs to the second smallest number; of 16 means it is the 14th.
    broken = without(SORT, "rank", mean=13)
    check_intended(broken, [[0, 5]], compiled=0)
    check_intended(broken, [[0, 3, 5]], compiled=0)
    with pytest.raises((AssertionError, alta.UndefinedVariableError)):
        check_intended(broken, [[0, 5, 3]], compiled=0)


def test_inputs_are_distinct_numbers_behind_bos():
    contains = SORT.inputs.contains
    assert contains("BOS")
    assert contains("BOS 15 1 7")
    assert not contains("BOS 15 1 15")
    assert not contains("15 1 7")
    assert not contains("BOS BOS 7")
    assert not contains("")
    assert SORT.inputs.count(3) == 1 + 15 + 15 * 14


@pytest.mark.parametrize(
    ("text", "answer"), [("5 3 15 1", "1 3 5 15"), ("", ""), ("7", "7"), (" 02  1\n", "1 2")]
)
def test_text_is_numbers_and_the_answer_the_same_in_order(text, answer):
    tokens = SORT.encode(text)
    assert SORT.inputs.contains(tokens)
    assert alta.run(SORT, tokens).text == answer


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("1 16", r"expected numbers in 1 … 15 between spaces, got '16'"),
        ("0", r"got '0'"),
        ("-1", r"got '-1'"),
        ("1,2", r"got '1,2'"),
        ("BOS 1", r"got 'BOS'"),
        ("3 1 03", r"expected distinct numbers, got '03' twice"),
    ],
)
def test_other_text_is_refused(text, wrong):
    with pytest.raises(TokenError, match=wrong):
        SORT.encode(text)


@pytest.mark.parametrize("size", [0, 1.5, "4"], ids=repr)
def test_a_size_that_makes_no_sense_is_refused(size):
    with pytest.raises(ProgramError, match="sort_unique: max_value: expected "):
        alta.programs.sort_unique(max_value=size)
