"""The most frequent token, by the signs of mean differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import alta
from tests.cases.case import BrokenModel, BrokenProgram, Case
from tests.cases.changes import assigning, ignoring, with_head, with_inputs
from tests.cases.damage import blinding, confusing, silencing

LONGEST = 20
A, B, C, BLANK = range(4)
LESS, EQUAL, MORE = range(3)
# Differences of n letters, 0 < n <= 20, are 0 or at least 1/20.
SIGNS = (-1 / LONGEST, 0.0, 1 / LONGEST)


def _balance(first: int, second: int) -> alta.Numerical:
    """A number whose mean is positive where `first` is more frequent than `second`."""
    return alta.numeric_var(input_init_fn=lambda token: (token == first) - (token == second))


def _compare(value: str, points: Sequence[float] = SIGNS) -> alta.Head:
    return alta.qkv("one", "letter", value, output_spec=alta.numeric_var(values=points))


def _ffn(z: Any) -> None:
    if z["a_b"] >= 0:
        z["winner"] = A if z["a_c"] >= 0 else C
    else:
        z["winner"] = B if z["b_c"] >= 0 else C


def most_frequent() -> alta.Program:
    """Gives, at every position, the most frequent letter, the first of several; blanks count not.

    Three heads take means over all letters: of 1 for one letter and -1 for another.
    """
    return alta.program_spec(
        name="most_frequent",
        variables={
            "one": alta.var(2, default=1),
            "letter": alta.input_var(2, init_fn=lambda token: token != BLANK),
            "a_over_b": _balance(A, B),
            "a_over_c": _balance(A, C),
            "b_over_c": _balance(B, C),
            "winner": alta.var(3),
        },
        heads={
            "a_b": _compare("a_over_b"),
            "a_c": _compare("a_over_c"),
            "b_c": _compare("b_over_c"),
        },
        ffn_fn=_ffn,
        output_name="winner",
        input_range=4,
        position_range=LONGEST,
        layers=1,
        vocab=("a", "b", "c", "_"),
        inputs=alta.inputs.regex("_* [a-c] .*"),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    winner = max((A, B, C), key=lambda letter: (tokens.count(letter), -letter))
    return [winner] * len(tokens)


CASE = Case(
    build=most_frequent,
    oracle=_oracle,
    programs=(
        BrokenProgram(
            "b wins when all are equally frequent",
            part="rules",
            kind="mismatch",
            change=assigning(B, "winner", a_b=EQUAL, a_c=EQUAL),
        ),
        BrokenProgram(
            "c wins over a whatever b is",
            part="rules",
            kind="conflict",
            change=ignoring("a_b", "winner", a_b=MORE, a_c=LESS),
        ),
        BrokenProgram(
            "a fourth letter wins",
            part="rules",
            kind="range",
            change=assigning(BLANK, "winner", a_b=MORE, a_c=EQUAL),
        ),
        BrokenProgram(
            "b and c are compared in place of a and b",
            part="heads",
            kind="mismatch",
            change=with_head("a_b", value="b_over_c"),
        ),
        BrokenProgram(
            "small differences do not count",
            part="heads",
            kind="mismatch",
            change=with_head("a_c", output=alta.numeric_var(values=(-0.3, 0.0, 0.3))),
        ),
        BrokenProgram(
            "letters are seen from nearby",
            part="heads",
            kind="undefined",
            change=with_head("b_c", mask=tuple(range(-12, 13))),
        ),
        BrokenProgram(
            "blanks only",
            part="inputs",
            kind="undefined",
            change=with_inputs(alta.inputs.regex(".*")),
        ),
    ),
    models=(
        BrokenModel("c looks like b", confusing(C, B)),
        BrokenModel("b and c are not compared", blinding("b_c")),
        BrokenModel("c never wins over b", silencing("winner", a_b=LESS, b_c=LESS)),
    ),
    telling=tuple((*[BLANK] * blanks, letter) for blanks in range(20) for letter in (A, B, C)),
)
