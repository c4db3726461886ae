"""Addition: right on all short numbers, and on long ones where carries are hardest."""

import random
from typing import Any

import pytest

import alta
from alta.errors import TokenError
from tests.alta.programs.intended import check_intended, without

ADDITION: Any = alta.programs.addition()


def texts(digits, number):
    """Sums at the edges, and random ones, half of them of digits that add up to about 9."""
    rng = random.Random(digits)
    nines, zeros, repeated_ones = "9" * digits, "0" * digits, "1" * digits
    first_and_second = [
        (nines, "1".zfill(digits)),
        ("1".zfill(digits), nines),
        (nines, nines),
        (nines, zeros),
        (zeros, zeros),
        (repeated_ones, "8" * digits),
        ("5" * digits, "5" * digits),
        ("4" * digits, "5" * digits),
    ]
    for index in range(number):
        first = [rng.randrange(10) for _ in range(digits)]
        second = [
            rng.randrange(10) if index % 2 else min(9, 9 - digit + rng.choice([0, 0, 0, 1]))
            for digit in first
        ]
        first_and_second.append(("".join(map(str, first)), "".join(map(str, second))))
    return [f"{first}+{second}" for first, second in first_and_second]


def test_every_sum_of_numbers_of_up_to_two_digits_is_right():
    words = list(ADDITION.inputs.enumerate(8))
    assert len(words) == 10**2 + 10**4
    for run in check_intended(ADDITION, words, singly=20, compiled=20):
        first, second = "".join(ADDITION.vocab[token] for token in run.tokens[1:-1]).split("+")
        assert int(run.text) == int(first) + int(second)
        assert run.n_layers == len(first) + 3


@pytest.mark.parametrize(("digits", "number"), [(3, 40), (8, 40), (20, 12), (50, 2)])
def test_long_sums_are_right(digits, number):
    asked = texts(digits, number)
    compiled = number if digits in {3, 20} else 0
    runs = check_intended(ADDITION, map(ADDITION.encode, asked), singly=3, compiled=compiled)
    for text, run in zip(asked, runs, strict=True):
        first, second = map(int, text.split("+"))
        assert run.text == str(first + second)
        assert run.n_layers == digits + 3


def test_a_missing_digit_sum_is_noticed():
    broken = without(ADDITION, "value", value=7, other=5)
    with pytest.raises(AssertionError, match="addition"):
        check_intended(broken, map(ADDITION.encode, ["57+45", "47+45", "43+55"]))


def test_a_missing_carry_is_noticed():
    broken = without(ADDITION, "carry", value=9, carry_right=1)
    check_intended(broken, [ADDITION.encode("98+1")], compiled=0)
    with pytest.raises(AssertionError, match="addition"):
        check_intended(broken, [ADDITION.encode("99+1")], compiled=0)


def test_the_output_has_the_sum_in_place_of_s_and_the_first_number():
    assert alta.run(ADDITION, "s 7 8 9 + 4 5 6 e").outputs == (1, 2, 4, 5, 0, 4, 5, 6, 0)


def test_inputs_are_two_numbers_with_as_many_digits():
    contains = ADDITION.inputs.contains
    assert contains("s 1 + 2 e")
    assert contains("s 1 2 + 3 4 e")
    assert not contains("s 1 + 2 3 e")
    assert not contains("s 1 2 + 3 e")
    assert not contains("s + e")
    assert not contains("1 + 2")
    assert not contains("s 1 1 2 3 e")
    assert not contains("")
    assert ADDITION.inputs.lengths(12) == (5, 7, 9, 11)
    assert ADDITION.inputs.count(19) == sum(100**digits for digits in range(1, 9))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("789+456", "1245"),
        ("1+1", "2"),
        ("0+0", "0"),
        ("5+95", "100"),
        ("995+5", "1000"),
        ("007+1", "8"),
        (" 12 + 34 ", "46"),
    ],
)
def test_text_is_two_numbers_and_the_answer_their_sum(text, answer):
    tokens = ADDITION.encode(text)
    assert ADDITION.inputs.contains(tokens)
    assert alta.run(ADDITION, tokens).text == answer


def test_the_shorter_number_is_filled_with_zeros():
    assert ADDITION.encode("789+4") == ADDITION.encode("789+004")
    assert [ADDITION.vocab[token] for token in ADDITION.encode("4+56")] == list("s04+56e")


@pytest.mark.parametrize(
    "text", ["", "12", "1+", "+1", "1+2+3", "-1+2", "1.5+2", "1 2+3", "a+b", "1-2", "٣+٤"]
)
def test_other_text_is_refused(text):
    with pytest.raises(TokenError, match=r"expected two numbers with \+ between"):
        ADDITION.encode(text)
