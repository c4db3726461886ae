"""Binary increment: a digit flips where all digits to its right are 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import alta
from tests.cases.case import BrokenModel, BrokenProgram, Case
from tests.cases.changes import assigning, with_head, with_inputs, without
from tests.cases.damage import blinding, confusing, displacing

LONGEST = 20
END = 2
NOT_ALL, ALL = 1 - 1 / (LONGEST - 1), 1.0
"""The greatest mean of up to 19 bits that are not all 1, and the mean of those that are."""


def _ffn(z: Any) -> None:
    if z["end"] == 1:
        return
    carried = z["digit"] + (1 if z["rest"] == ALL else 0)
    if z["first"] == 1:
        z["digit"] = carried  # a trap where the sum has one digit more
    else:
        z["digit"] = carried % 2


def increment() -> alta.Program:
    """Adds 1 to a binary number that ends with END, in one layer."""
    return alta.program_spec(
        name="increment",
        variables={
            "digit": alta.input_var(2, init_fn=lambda token: token % 2),
            "end": alta.input_var(2, init_fn=lambda token: token == END),
            "first": alta.position_var(2, init_fn=lambda position: position == 0),
            "carries": alta.numeric_var(values=(0, 1), input_init_fn=lambda token: token > 0),
        },
        heads={
            "rest": alta.Head(
                query=None,
                key=None,
                value="carries",
                mask=tuple(range(1, LONGEST)),
                output=alta.numeric_var(values=(NOT_ALL, ALL)),
            )
        },
        ffn_fn=_ffn,
        output_name="digit",
        input_range=3,
        position_range=LONGEST,
        layers=1,
        vocab=("0", "1", "END"),
        inputs=alta.inputs.regex("0 [0-1]* END"),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    digits = "".join(map(str, tokens[:-1]))
    return [*map(int, format(int(digits, 2) + 1, f"0{len(digits)}b")), 0]


CASE = Case(
    build=increment,
    oracle=_oracle,
    programs=(
        BrokenProgram(
            "nothing is carried to the first digit",
            part="rules",
            kind="mismatch",
            change=without("digit", digit=0, first=1, rest=1),
        ),
        BrokenProgram(
            "a digit that flips from 1 becomes 2",
            part="rules",
            kind="range",
            change=assigning(2, "digit", digit=1, first=0, rest=1),
        ),
        BrokenProgram(
            "a digit sees itself",
            part="heads",
            kind="mismatch",
            change=with_head("rest", mask=tuple(range(LONGEST))),
        ),
        BrokenProgram(
            "most is taken for all",
            part="heads",
            kind="mismatch",
            change=with_head("rest", output=alta.numeric_var(values=(0.75, 1.0))),
        ),
        BrokenProgram(
            "the next digit is not seen",
            part="heads",
            kind="undefined",
            change=with_head("rest", mask=tuple(range(2, LONGEST))),
        ),
        BrokenProgram(
            "numbers that begin with 1",
            part="inputs",
            kind="range",
            change=with_inputs(alta.inputs.regex("[0-1]+ END")),
        ),
        BrokenProgram(
            "numbers without END",
            part="inputs",
            kind="undefined",
            change=with_inputs(alta.inputs.regex("0 [0-1]* END?")),
        ),
    ),
    models=(
        BrokenModel("END looks like 0", confusing(END, 0)),
        BrokenModel("the eighteenth position looks like the first", displacing(17, 0)),
        BrokenModel("nothing is seen to the right", blinding("rest")),
    ),
)
