"""Binary increment, from the least digit on, on either side of the number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import alta
from alta_verify import specs
from tests.cases.changes import assigning, with_head, with_inputs, without
from tests.unbounded.case import Case, Twin
from tests.unbounded.lateness import coinciding, late

END = 2


def _increment(side: int, name: str, inputs: str) -> alta.Program:
    def ffn(z: Any) -> None:
        if z["done"] == 0 and z["done_before"] == 1:
            total = z["digit"] + z["carry_before"]
            z["digit"], z["carry"] = total % 2, total // 2
            z["done"] = 1

    return alta.program_spec(
        name=name,
        variables={
            "digit": alta.input_var(2, init_fn=lambda token: token % END),
            "carry": alta.input_var(2, init_fn=lambda token: token == END),
            "done": alta.input_var(2, init_fn=lambda token: token == END),
        },
        heads={
            "carry_before": alta.v_relative("carry", side),
            "done_before": alta.v_relative("done", side),
        },
        ffn_fn=ffn,
        output_name="digit",
        input_range=3,
        halt=alta.halt_spec("done", 1),
        vocab=("0", "1", "END"),
        inputs=alta.inputs.regex(inputs),
    )


def increment_least_first() -> alta.Program:
    """Adds 1 to a number that begins with its least digit; a last carry is lost."""
    return _increment(-1, "increment_least_first", "END [0-1]*")


def increment_greatest_first() -> alta.Program:
    """Adds 1 to a number that ends with its least digit; a last carry is lost."""
    return _increment(1, "increment_greatest_first", "[0-1]* END")


def increment_by_flips() -> alta.Program:
    """Adds 1 in another way: every digit with a 0 on its right is known at once.

    Digits stay as they are until their left neighbour knows whether it flips.
    """

    def ffn(z: Any) -> None:
        if z["done"] == 1:
            return
        if z["known"] == 0:
            if z["end_right"] == 1 or (z["was_right"] == 1 and z["flips_right"] == 1):
                z["flips"] = 1
                z["known"] = 1
            elif z["was_right"] == 0 or z["known_right"] == 1:
                z["known"] = 1
        else:
            if z["flips"] == 1:
                z["digit"] = 1 - z["was"]
            z["done"] = 1

    return alta.program_spec(
        name="increment_by_flips",
        variables={
            "was": alta.input_var(2, init_fn=lambda token: token % END),
            "digit": alta.input_var(2, init_fn=lambda token: token % END),
            "end": alta.input_var(2, init_fn=lambda token: token == END),
            "flips": alta.var(2),
            "known": alta.input_var(2, init_fn=lambda token: token == END),
            "done": alta.input_var(2, init_fn=lambda token: token == END),
        },
        heads={
            f"{name}_right": alta.v_relative(name, 1) for name in ("was", "end", "flips", "known")
        },
        ffn_fn=ffn,
        output_name="digit",
        input_range=3,
        halt=alta.halt_spec("done", 1),
        vocab=("0", "1", "END"),
        inputs=alta.inputs.regex("[0-1]* END"),
    )


def _greatest_first(tokens: Sequence[int]) -> list[Any]:
    digits = tokens[:-1]
    if not digits:
        return [0]
    number = int("".join(map(str, digits)), 2) + 1
    return [*map(int, format(number % 2 ** len(digits), f"0{len(digits)}b")), 0]


def _least_first(tokens: Sequence[int]) -> list[Any]:
    return _greatest_first(tokens[::-1])[::-1]


def _step(state: tuple[int, int], token: int) -> tuple[int, int]:
    """Returns the carry and the digit behind a token."""
    carry, _ = state
    return (1, 0) if token == END else (carry & token, carry ^ token)


LEAST_FIRST = Case(
    name="increment_least_first",
    build=increment_least_first,
    meant=specs.transducer(_step, (0, 0), lambda state: state[1]),
    oracle=_least_first,
    twins=(
        Twin("1 and 1 are 1", 2, change=without("digit", digit=1, carry_before=1)),
        Twin("a carry is a trap", 2, "range", assigning(2, "digit", digit=1, carry_before=1)),
        Twin("the carry is lost at once", 3, change=without("carry", digit=1, carry_before=1)),
        Twin("a carry comes from the right", 2, "undefined", with_head("carry_before", mask=(1,))),
        Twin(
            "END may be missing",
            1,
            "undefined",
            with_inputs(alta.inputs.regex("END? [0-1]*")),
        ),
        Twin(
            "carries that stay were meant",
            3,
            meant=specs.transducer(
                lambda state, token: (1, 0) if token == END else (state[0], state[0] ^ token),
                (0, 0),
                lambda state: state[1],
            ),
        ),
        Twin("a carry is lost behind the 25th", 27, change=late("carry", lambda value: 0)),
        Twin("a carry comes where 5 meets 7", 38, change=coinciding("carry", lambda value: 1)),
    ),
)

GREATEST_FIRST = Case(
    name="increment_greatest_first",
    build=increment_greatest_first,
    meant=increment_by_flips(),
    oracle=_greatest_first,
    twins=(
        Twin("1 and 1 are 1", 2, change=without("digit", digit=1, carry_before=1)),
        Twin("a carry is a trap", 2, "range", assigning(2, "digit", digit=1, carry_before=1)),
        Twin("the carry is lost at once", 3, change=without("carry", digit=1, carry_before=1)),
        Twin("a carry comes from the left", 2, "undefined", with_head("carry_before", mask=(-1,))),
        Twin(
            "a number whose carries are lost was meant",
            3,
            meant=without("flips", was_right=1, flips_right=1)(increment_by_flips()),
        ),
        Twin(
            "a carry is lost behind the 25th",
            27,
            change=late("carry", lambda value: 0, offset=1),
        ),
        Twin(
            "a carry comes where 5 meets 7",
            38,
            change=coinciding("carry", lambda value: 1, offset=1),
        ),
    ),
)

CASES = (LEAST_FIRST, GREATEST_FIRST)
