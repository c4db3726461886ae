"""The depth of brackets: it stays at 3 when it gets deeper, and at 0 where nothing was open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import alta
from alta_verify import specs
from tests.cases.changes import assigning, with_head, with_inputs, without
from tests.unbounded.case import Case, Twin
from tests.unbounded.lateness import coinciding, late

START, OPEN, CLOSE = range(3)
DEEPEST = 3


def _ffn(z: Any) -> None:
    if z["done"] == 0 and z["done_left"] == 1:
        change = 1 if z["token"] == OPEN else -1
        z["depth"] = min(max(z["depth_left"] + change, 0), DEEPEST)
        z["done"] = 1


def depth() -> alta.Program:
    """Gives the depth behind every bracket, from 0 to 3."""
    return alta.program_spec(
        name="depth",
        variables={
            "token": alta.input_var(3),
            "depth": alta.var(DEEPEST + 1),
            "done": alta.input_var(2, init_fn=lambda token: token == START),
        },
        heads={
            "depth_left": alta.v_relative("depth", -1),
            "done_left": alta.v_relative("done", -1),
        },
        ffn_fn=_ffn,
        output_name="depth",
        input_range=3,
        halt=alta.halt_spec("done", 1),
        vocab=("START", "(", ")"),
        inputs=alta.inputs.regex(r"START (\(|\))*"),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    depths = [0]
    for token in tokens[1:]:
        changed = depths[-1] + {OPEN: 1, CLOSE: -1}[token]
        depths.append(sorted((0, changed, DEEPEST))[1])
    return depths


def _meant(deepest: int) -> specs.Specification:
    def step(reached: int, token: int) -> int:
        return min(max(reached + (0, 1, -1)[token], 0), deepest)

    return specs.transducer(step, 0)


CASE = Case(
    name="depth",
    build=depth,
    meant=_meant(DEEPEST),
    oracle=_oracle,
    twins=(
        Twin(
            "a bracket too many leads to 2",
            5,
            change=assigning(2, "depth", token=OPEN, depth_left=DEEPEST),
        ),
        Twin(
            "the deepest is not the end",
            5,
            "range",
            assigning(DEEPEST + 1, "depth", token=OPEN, depth_left=DEEPEST),
        ),
        Twin("nothing closes from 2", 4, change=without("depth", token=CLOSE, depth_left=2)),
        Twin("a depth that nobody has yet", 2, "undefined", with_head("depth_left", mask=(1,))),
        Twin(
            "START may be missing",
            1,
            "undefined",
            with_inputs(alta.inputs.regex(r"START? (\(|\))*")),
        ),
        Twin("one deeper was meant", 5, meant=_meant(DEEPEST + 1)),
        Twin(
            "depths are wrong from the 25th on", 26, change=late("depth", lambda value: value ^ 1)
        ),
        Twin(
            "a depth is wrong where 5 meets 7",
            37,
            change=coinciding("depth", lambda value: value ^ 1),
        ),
    ),
)
