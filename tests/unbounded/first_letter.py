"""The first a before the first b: known at the end of a word, or, told backwards, everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import alta
from alta_verify import specs
from tests.cases.changes import assigning, with_head, with_inputs, without
from tests.unbounded.case import Case, Twin
from tests.unbounded.lateness import coinciding, late

START, A, B, C, END = range(5)
NEITHER = 0


def _ffn(z: Any) -> None:
    if z["done"] == 0 and z["done_left"] == 1:
        if z["first_left"] != NEITHER:
            z["first"] = z["first_left"]
        z["done"] = 1


def first_letter() -> alta.Program:
    """Says of every prefix which of a and b came first, or that neither did."""
    return alta.program_spec(
        name="first_letter",
        variables={
            "first": alta.input_var(3, init_fn=lambda token: token if token in {A, B} else NEITHER),
            "done": alta.input_var(2, init_fn=lambda token: token == START),
        },
        heads={
            "first_left": alta.v_relative("first", -1),
            "done_left": alta.v_relative("done", -1),
        },
        ffn_fn=_ffn,
        output_name="first",
        input_range=5,
        halt=alta.halt_spec("done", 1),
        vocab=("START", "a", "b", "c", "END"),
        inputs=alta.inputs.regex("START (a|b|c)*"),
    )


def _ffn_everywhere(z: Any) -> None:
    if z["reached"] == 0:
        if z["reached_left"] == 1:
            if z["first_left"] != NEITHER:
                z["first"] = z["first_left"]
            z["reached"] = 1
    elif z["done"] == 0:
        if z["end"] == 1:
            z["answer"] = int(z["first"] == A)
            z["done"] = 1
        elif z["done_right"] == 1:
            z["answer"] = z["answer_right"]
            z["done"] = 1


def first_letter_everywhere() -> alta.Program:
    """Says at every position whether a comes first in the whole word.

    What came first is passed on to END, and from there the answer comes back.
    """
    return alta.program_spec(
        name="first_letter_everywhere",
        variables={
            "first": alta.input_var(3, init_fn=lambda token: token if token in {A, B} else NEITHER),
            "end": alta.input_var(2, init_fn=lambda token: token == END),
            "reached": alta.input_var(2, init_fn=lambda token: token == START),
            "answer": alta.var(2),
            "done": alta.var(2),
        },
        heads={
            "first_left": alta.v_relative("first", -1),
            "reached_left": alta.v_relative("reached", -1),
            "answer_right": alta.v_relative("answer", 1),
            "done_right": alta.v_relative("done", 1),
        },
        ffn_fn=_ffn_everywhere,
        output_name="answer",
        input_range=5,
        halt=alta.halt_spec("done", 1),
        vocab=("START", "a", "b", "c", "END"),
        inputs=alta.inputs.regex("START (a|b|c)* END"),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    return [
        next((token for token in tokens[: end + 1] if token in {A, B}), NEITHER)
        for end in range(len(tokens))
    ]


def _oracle_everywhere(tokens: Sequence[int]) -> list[Any]:
    return [int(_oracle(tokens)[-1] == A)] * len(tokens)


def _other(value: int) -> int:
    return (value + 1) % 3


FIRST = Case(
    name="first_letter",
    build=first_letter,
    meant=specs.accepts("START c* a (a|b|c)*", output=A),
    oracle=_oracle,
    twins=(
        Twin("a is not passed on", 3, change=without("first", first_left=A)),
        Twin("what follows b is a trap", 3, "range", assigning(3, "first", first_left=B)),
        Twin("the right neighbour is asked", 2, "undefined", with_head("first_left", mask=(1,))),
        Twin(
            "START may be missing",
            1,
            "undefined",
            with_inputs(alta.inputs.regex("START? (a|b|c)*")),
        ),
        Twin("an a anywhere was meant", 3, meant=specs.accepts("START .* a .*", output=A)),
        Twin("it changes at the 25th letter", 26, change=late("first", _other)),
        Twin("it changes where 5 meets 7", 37, change=coinciding("first", _other)),
    ),
)

EVERYWHERE = Case(
    name="first_letter_everywhere",
    build=first_letter_everywhere,
    meant=specs.accepts("START c* a (a|b|c)* END", at=None),
    oracle=_oracle_everywhere,
    twins=(
        Twin("a is not passed on", 3, change=without("first", first_left=A)),
        Twin(
            "the answer is for b",
            3,
            change=assigning(1, "answer", first=B, end=1),
        ),
        Twin("a yes is not passed on", 3, change=without("answer", answer_right=1)),
        Twin(
            "the answer is the left neighbour's",
            2,
            "undefined",
            with_head("answer_right", mask=(-1,)),
        ),
        Twin(
            "END may be missing",
            1,
            "undefined",
            with_inputs(alta.inputs.regex("START (a|b|c)* END?")),
        ),
        Twin(
            "an a anywhere was meant",
            4,
            meant=specs.accepts("START .* a .*", at=None),
        ),
        Twin("it changes at the 25th letter", 26, change=late("first", _other, "reached")),
        Twin(
            "the answer flips on its way back",
            26,
            change=late("answer", lambda value: 1 - value, "done", 1, end=0),
        ),
        Twin("it changes where 5 meets 7", 37, change=coinciding("first", _other, "reached")),
    ),
)

CASES = (FIRST, EVERYWHERE)
