"""The parity of bits: the shipped program, and one of every second bit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import alta
from alta_verify import specs
from tests.cases.changes import assigning, ignoring, with_head, with_inputs, without
from tests.unbounded.case import Case, Twin
from tests.unbounded.lateness import coinciding, late

START = 2


def _ffn(z: Any) -> None:
    if z["done"] == 0 and z["done_before"] == 1:
        z["parity"] = z["parity"] ^ z["parity_before"]
        z["done"] = 1


def parity_of_every_second() -> alta.Program:
    """Gives at every position the parity of each second bit up to it."""
    return alta.program_spec(
        name="parity_of_every_second",
        variables={
            "parity": alta.input_var(2, init_fn=lambda token: token % START),
            "done": alta.input_var(2, init_fn=lambda token: token == START),
        },
        heads={
            "parity_before": alta.v_relative("parity", -2),
            "done_before": alta.v_relative("done", -2),
        },
        ffn_fn=_ffn,
        output_name="parity",
        input_range=3,
        halt=alta.halt_spec("done", 1),
        vocab=("0", "1", "START"),
        inputs=alta.inputs.regex("START START [0-1]*"),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    return [tokens[1 : end + 1].count(1) % 2 for end in range(len(tokens))]


def _oracle_of_every_second(tokens: Sequence[int]) -> list[Any]:
    return [tokens[end % 2 : end + 1 : 2].count(1) % 2 for end in range(len(tokens))]


def _flipped(value: int) -> int:
    return 1 - value


PARITY = Case(
    name="parity_sequential_relative",
    build=alta.programs.parity_sequential_relative,
    meant=specs.accepts("START (0* 1 0* 1)* 0* 1 0*"),
    oracle=_oracle,
    twins=(
        Twin("1 and 1 are 1", 3, change=without("parity", parity=1, parity_left=1)),
        Twin("1 and 1 are 2", 3, "range", assigning(2, "parity", parity=1, parity_left=1)),
        Twin(
            "a position does not wait",
            3,
            change=ignoring("done_left", "parity", parity=0, parity_left=1),
        ),
        Twin("the right neighbour is read", 2, "undefined", with_head("parity_left", mask=(1,))),
        Twin(
            "START may be missing",
            1,
            "undefined",
            with_inputs(alta.inputs.regex("START? (0|1)*")),
        ),
        Twin("an even number was meant", 1, meant=specs.accepts("START (0* 1 0* 1)* 0*")),
        Twin("it flips at the 25th bit and later", 26, change=late("parity", _flipped)),
        Twin("it flips where 5 meets 7", 37, change=coinciding("parity", _flipped)),
    ),
)

OF_EVERY_SECOND = Case(
    name="parity_of_every_second",
    build=parity_of_every_second,
    meant=specs.transducer(
        lambda state, token: (state[1], state[0] ^ (token == 1)), (0, 0), lambda state: state[1]
    ),
    oracle=_oracle_of_every_second,
    twins=(
        Twin("1 and 1 are 1", 5, change=without("parity", parity=1, parity_before=1)),
        Twin("1 and 1 are 2", 5, "range", assigning(2, "parity", parity=1, parity_before=1)),
        Twin("the neighbour is read", 4, change=with_head("parity_before", mask=(-1,))),
        Twin(
            "one START",
            2,
            "undefined",
            with_inputs(alta.inputs.regex("START START? [0-1]*")),
        ),
        Twin(
            "the parity of all bits was meant",
            4,
            meant=specs.transducer(lambda state, token: state ^ (token == 1), 0),
        ),
        Twin("it flips at the 49th bit and later", 51, change=late("parity", _flipped, offset=-2)),
        Twin("it flips where 5 meets 7", 73, change=coinciding("parity", _flipped, offset=-2)),
    ),
)

CASES = (PARITY, OF_EVERY_SECOND)
