"""Sums of digits modulo 3, 5 and 7."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import accumulate
from typing import Any

import alta
from alta_verify import specs
from tests.cases.changes import assigning, ignoring, with_head, with_inputs, without
from tests.unbounded.case import Case, Twin
from tests.unbounded.lateness import coinciding, late

START = 3


def sum_modulo(modulus: int) -> alta.Program:
    """Gives the sum of every prefix, modulo some number of at least 3."""

    def ffn(z: Any) -> None:
        if z["done"] == 0 and z["done_left"] == 1:
            z["sum"] = (z["digit"] + z["sum_left"]) % modulus
            z["done"] = 1

    return alta.program_spec(
        name=f"sum_modulo_{modulus}",
        variables={
            "digit": alta.input_var(3, init_fn=lambda token: token % START),
            "sum": alta.var(modulus),
            "done": alta.input_var(2, init_fn=lambda token: token == START),
        },
        heads={"sum_left": alta.v_relative("sum", -1), "done_left": alta.v_relative("done", -1)},
        ffn_fn=ffn,
        output_name="sum",
        input_range=4,
        halt=alta.halt_spec("done", 1),
        vocab=("0", "1", "2", "START"),
        inputs=alta.inputs.regex("START [0-2]*"),
    )


def _meant(modulus: int) -> specs.Specification:
    return specs.transducer(lambda total, token: (total + token % START) % modulus, 0)


def _case(modulus: int) -> Case:
    # So many digits 2 reach the greatest sum.
    full = (modulus - 1) // 2

    def oracle(tokens: Sequence[int]) -> list[Any]:
        return [total % modulus for total in accumulate([0, *tokens[1:]])]

    def following(value: int) -> int:
        return (value + 1) % modulus

    return Case(
        name=f"sum_modulo_{modulus}",
        build=partial(sum_modulo, modulus),
        meant=_meant(modulus),
        oracle=oracle,
        twins=(
            Twin(
                "the greatest sum and 1 are 1",
                full + 2,
                change=assigning(1, "sum", digit=1, sum_left=modulus - 1),
            ),
            Twin(
                "the sum is not reduced",
                full + 2,
                "range",
                assigning(modulus, "sum", digit=1, sum_left=modulus - 1),
            ),
            Twin("1 is not added to 1", 3, change=without("sum", digit=1, sum_left=1)),
            Twin(
                "two rules for 2 and 0",
                3,
                "conflict",
                ignoring("sum_left", "sum", digit=2, sum_left=0),
            ),
            Twin("the neighbour is on the right", 2, "undefined", with_head("sum_left", mask=(1,))),
            Twin(
                "START comes again",
                3,
                change=with_inputs(alta.inputs.regex("START [0-2]* START?")),
            ),
            Twin("another modulus was meant", full + 2, meant=_meant(modulus + 1)),
            Twin("sums are wrong from the 25th on", 26, change=late("sum", following)),
            Twin("a sum is wrong where 5 meets 7", 37, change=coinciding("sum", following)),
        ),
    )


CASES = tuple(map(_case, (3, 5, 7)))
