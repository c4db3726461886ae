"""The comparison of two numbers, digit beside digit, the greatest ones first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import alta
from alta_verify import specs
from tests.cases.changes import assigning, with_head, with_inputs, without
from tests.unbounded.case import Case, Twin
from tests.unbounded.lateness import coinciding, late

START = 2
EQUAL, LESS, MORE = range(3)
NOTHING = 2
"""No digit of the first number waits for one of the second."""


def _ffn(z: Any) -> None:
    if z["done"] == 1 or z["done_left"] == 0:
        return
    z["done"] = 1
    z["order"] = z["order_left"]
    waiting, digit = z["waiting_left"], z["digit"]
    if waiting == NOTHING:
        z["waiting"] = digit
    elif waiting != digit and z["order_left"] == EQUAL:
        z["order"] = LESS if waiting < digit else MORE


def comparison() -> alta.Program:
    """Says behind every pair of digits how the first number compares with the second, so far."""
    return alta.program_spec(
        name="comparison",
        variables={
            "digit": alta.input_var(2, init_fn=lambda token: token % START),
            "waiting": alta.var(3, default=NOTHING),
            "order": alta.var(3),
            "done": alta.input_var(2, init_fn=lambda token: token == START),
        },
        heads={f"{name}_left": alta.v_relative(name, -1) for name in ("waiting", "order", "done")},
        ffn_fn=_ffn,
        output_name="order",
        input_range=3,
        halt=alta.halt_spec("done", 1),
        vocab=("0", "1", "START"),
        inputs=alta.inputs.regex("START ([0-1] [0-1])*"),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    orders = []
    for end in range(len(tokens)):
        pairs = end // 2
        first, second = tokens[1 : 1 + 2 * pairs : 2], tokens[2 : 2 + 2 * pairs : 2]
        orders.append(LESS if first < second else MORE if first > second else EQUAL)
    return orders


def _turned(order: int) -> int:
    return (0, 2, 1)[order]


def _meant(pattern: str) -> specs.Specification:
    return specs.accepts(f"START {pattern}", output=LESS)


CASE = Case(
    name="comparison",
    build=comparison,
    meant=_meant("(0 0|1 1)* 0 1 ([0-1] [0-1])*"),
    oracle=_oracle,
    twins=(
        Twin("0 is not less than 1", 3, change=without("order", waiting_left=0, digit=1)),
        Twin(
            "1 over 0 is a trap",
            3,
            "range",
            assigning(3, "order", waiting_left=1, digit=0, order_left=EQUAL),
        ),
        Twin(
            "what was less is equal again",
            5,
            change=assigning(EQUAL, "order", order_left=LESS),
        ),
        Twin("the digit waits on the right", 3, "undefined", with_head("waiting_left", mask=(1,))),
        Twin(
            "one digit more",
            4,
            change=with_inputs(alta.inputs.regex("START [0-1]*")),
        ),
        Twin(
            "the least digits first were meant",
            5,
            meant=_meant("([0-1] [0-1])* 0 1 (0 0|1 1)*"),
        ),
        Twin("it is forgotten from the 25th on", 27, change=late("order", lambda order: EQUAL)),
        Twin("less is more where 5 meets 7", 37, change=coinciding("order", _turned)),
    ),
)
