"""Reversal: each position computes where its mirror image is, and reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import alta
from tests.cases.case import BrokenModel, BrokenProgram, Case
from tests.cases.changes import assigning, ignoring, with_head, with_inputs
from tests.cases.damage import confusing, displacing, silencing

LONGEST = 20
END = 4


def _ffn(z: Any) -> None:
    if z["step"] == 0:
        if z["index"] < z["end"]:
            z["mirror"] = z["end"] - 1 - z["index"]
        else:
            z["mirror"] = z["index"]
        z["step"] = 1
    elif z["step"] == 1:
        z["out"] = z["mirrored"]
        z["step"] = 2


def reversal() -> alta.Program:
    """Puts the tokens before END in the opposite order."""
    return alta.program_spec(
        name="reversal",
        variables={
            "token": alta.input_var(5),
            "is_end": alta.input_var(2, init_fn=lambda token: token == END),
            "one": alta.var(2, default=1),
            "index": alta.position_var(LONGEST),
            "mirror": alta.var(LONGEST),
            "out": alta.var(5),
            "step": alta.var(3),
        },
        heads={
            "end": alta.qkv("one", "is_end", "index"),
            "mirrored": alta.qkv("mirror", "index", "token"),
        },
        ffn_fn=_ffn,
        output_name="out",
        input_range=5,
        position_range=LONGEST,
        halt=alta.halt_spec("step", 2),
        vocab=("a", "b", "c", "d", "END"),
        inputs=alta.inputs.regex("[a-d]* END"),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    return [*reversed(tokens[:-1]), END]


CASE = Case(
    build=reversal,
    oracle=_oracle,
    programs=(
        BrokenProgram(
            "one mirror image is off by one",
            part="rules",
            kind="mismatch",
            change=assigning(4, "mirror", index=3, end=9),
        ),
        BrokenProgram(
            "the longest words have no mirror image",
            part="rules",
            kind="range",
            change=assigning(LONGEST, "mirror", index=0, end=LONGEST - 1),
        ),
        BrokenProgram(
            "the mirror image of the first position does not depend on the end",
            part="rules",
            kind="conflict",
            change=ignoring("end", "mirror", index=0, end=5),
        ),
        BrokenProgram(
            "what was written is read in place of the input",
            part="heads",
            kind="mismatch",
            change=with_head("mirrored", value="out"),
        ),
        BrokenProgram(
            "every position looks for an end like itself",
            part="heads",
            kind="undefined",
            change=with_head("end", query="is_end"),
        ),
        BrokenProgram(
            "several ends or none",
            part="inputs",
            kind="undefined",
            change=with_inputs(alta.inputs.regex("[a-d END]*")),
        ),
        BrokenProgram(
            "a second end far to the right",
            part="inputs",
            kind="undefined",
            change=with_inputs(alta.inputs.regex("[a-d]* END (. . . . . . . . . .)?")),
        ),
    ),
    models=(
        BrokenModel("the twentieth position looks like the first", displacing(LONGEST - 1, 0)),
        BrokenModel("d looks like c", confusing(3, 2)),
        BrokenModel("c is never written", silencing("out", mirrored=2)),
    ),
)
