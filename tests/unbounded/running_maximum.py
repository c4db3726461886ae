"""The running maximum: the largest digit of every prefix."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import alta
from alta_verify import specs
from tests.cases.changes import assigning, with_head, with_inputs, without
from tests.unbounded.case import Case, Twin
from tests.unbounded.lateness import coinciding, late

START = 5


def _ffn(z: Any) -> None:
    if z["done"] == 0 and z["done_left"] == 1:
        z["max"] = max(z["max"], z["max_left"])
        z["done"] = 1


def running_maximum() -> alta.Program:
    """Gives the largest digit of every prefix, one position a layer."""
    return alta.program_spec(
        name="running_maximum",
        variables={
            "max": alta.input_var(5, init_fn=lambda token: token % START),
            "done": alta.input_var(2, init_fn=lambda token: token == START),
        },
        heads={"max_left": alta.v_relative("max", -1), "done_left": alta.v_relative("done", -1)},
        ffn_fn=_ffn,
        output_name="max",
        input_range=6,
        halt=alta.halt_spec("done", 1),
        vocab=("0", "1", "2", "3", "4", "START"),
        inputs=alta.inputs.regex("START [0-4]*"),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    return [0, *accumulate(tokens[1:], max)]


def _lower(value: int) -> int:
    return max(value - 1, 0)


CASE = Case(
    name="running_maximum",
    build=running_maximum,
    meant=specs.transducer(lambda most, token: max(most, token % START), 0),
    oracle=_oracle,
    twins=(
        Twin("3 is kept beside 4", 3, change=without("max", max=3, max_left=4)),
        Twin("4 makes 5 of 0", 3, "range", assigning(5, "max", max=0, max_left=4)),
        Twin(
            "the neighbour's neighbour is read", 2, "undefined", with_head("max_left", mask=(-2,))
        ),
        Twin(
            "START may be missing",
            1,
            "undefined",
            with_inputs(alta.inputs.regex("START? [0-4]*")),
        ),
        Twin(
            "the last digit was meant",
            3,
            meant=specs.transducer(lambda most, token: token % START, 0),
        ),
        Twin("digits are lost from the 25th on", 26, change=late("max", _lower)),
        Twin("a digit is lost where 5 meets 7", 37, change=coinciding("max", _lower)),
    ),
)
