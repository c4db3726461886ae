"""Prefix OR: whether there was a 1 so far. Every 1 knows it at once, and tells it to its right."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from operator import or_
from typing import Any

import alta
from alta_verify import specs
from tests.cases.changes import ignoring, with_head, with_inputs, without
from tests.unbounded.case import Case, Twin
from tests.unbounded.lateness import coinciding, late

START = 2


def _ffn(z: Any) -> None:
    if z["known"] == 0 and z["known_left"] == 1:
        z["seen"] = z["seen_left"]
        z["known"] = 1


def prefix_or() -> alta.Program:
    """Says of every prefix whether it has a 1, in as many layers as the longest row of zeros."""
    return alta.program_spec(
        name="prefix_or",
        variables={
            "seen": alta.input_var(2, init_fn=lambda token: token == 1),
            "known": alta.input_var(2, init_fn=lambda token: token != 0),
        },
        heads={
            "seen_left": alta.v_relative("seen", -1),
            "known_left": alta.v_relative("known", -1),
        },
        ffn_fn=_ffn,
        output_name="seen",
        input_range=3,
        halt=alta.halt_spec("known", 1),
        vocab=("0", "1", "START"),
        inputs=alta.inputs.regex("START (0|1)*"),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    return [0, *accumulate(tokens[1:], or_)]


def _flipped(value: int) -> int:
    return 1 - value


CASE = Case(
    name="prefix_or",
    build=prefix_or,
    meant=specs.accepts("START (0|1)* 1 (0|1)*"),
    oracle=_oracle,
    twins=(
        Twin("a 1 is forgotten at once", 3, change=without("seen", seen_left=1)),
        Twin("what is not known yet is taken", 4, change=ignoring("known_left", "known")),
        Twin("START is asked", 2, "undefined", with_head("seen_left", mask=(-2,))),
        Twin("the right neighbour is asked", 2, "undefined", with_head("seen_left", mask=(1,))),
        Twin(
            "START may be missing",
            1,
            "undefined",
            with_inputs(alta.inputs.regex("START? (0|1)*")),
        ),
        Twin("at most one 1 was meant", 1, meant=specs.accepts("START 0* 1? 0*")),
        Twin("it flips behind 24 zeros", 26, change=late("seen", _flipped, "known")),
        Twin("it flips where 5 meets 7", 37, change=coinciding("seen", _flipped, "known")),
    ),
)
