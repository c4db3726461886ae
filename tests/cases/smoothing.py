"""A sliding majority: every cell takes the value that most known cells near it have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import alta
from tests.cases.case import BrokenModel, BrokenProgram, Case
from tests.cases.changes import assigning, ignoring, with_head, with_inputs, without
from tests.cases.damage import blinding, confusing, pushing, silencing

UNKNOWN = 2
WINDOW = tuple(range(-2, 3))
# Means of up to five bits are 1/2, or not within 1/10 of it.
FEW, HALF, MANY = 0.4, 0.5, 0.6
LESS, TIE, MORE = range(3)


def _ffn(z: Any) -> None:
    mean = z["near"]
    if mean > HALF:
        z["level"] = 1.0
    elif mean < HALF or z["known"] == 0:
        z["level"] = 0.0
    z["known"] = 1


def smoothing() -> alta.Program:
    """Takes two rounds of majorities over windows of five cells, smaller ones at the ends.

    In a tie a cell stays as it is, and an unknown one becomes 0.
    """
    return alta.program_spec(
        name="smoothing",
        variables={
            "one": alta.var(2, default=1),
            "known": alta.input_var(2, init_fn=lambda token: token != UNKNOWN),
            "level": alta.numeric_var(
                values=(0.0, 0.5, 1.0), input_init_fn=lambda token: (0.0, 1.0, 0.5)[token]
            ),
        },
        heads={
            "near": alta.qkv(
                "one",
                "known",
                "level",
                relative_position_mask=WINDOW,
                output_spec=alta.numeric_var(values=(FEW, HALF, MANY)),
            )
        },
        ffn_fn=_ffn,
        output_name="level",
        input_range=3,
        layers=2,
        vocab=("0", "1", "?"),
        # No window without a known cell.
        inputs=alta.inputs.regex(r"\?{0,2} [0-1] (\?{0,4} [0-1])* \?{0,2}"),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    cells = [None if token == UNKNOWN else token for token in tokens]
    for _ in range(2):
        windows = [cells[max(i - 2, 0) : i + 3] for i in range(len(cells))]
        votes = [[cell for cell in window if cell is not None] for window in windows]
        cells = [
            int(sum(own) > len(own) / 2) if 2 * sum(own) != len(own) else cell or 0
            for cell, own in zip(cells, votes, strict=True)
        ]
    return [float(cell) for cell in cells if cell is not None]


CASE = Case(
    build=smoothing,
    oracle=_oracle,
    programs=(
        BrokenProgram(
            "an unknown cell becomes 1 in a tie",
            part="rules",
            kind="mismatch",
            change=assigning(1.0, "level", near=TIE, known=0),
        ),
        BrokenProgram(
            "what was unknown stays unknown",
            part="rules",
            kind="mismatch",
            change=without("known"),
        ),
        BrokenProgram(
            "every cell becomes 1",
            part="rules",
            kind="conflict",
            change=ignoring("near", "level", near=MORE),
        ),
        BrokenProgram(
            "the window is three cells wide",
            part="heads",
            kind="undefined",
            change=with_head("near", mask=(-1, 0, 1)),
        ),
        BrokenProgram(
            "unknown cells look at one another",
            part="heads",
            kind="mismatch",
            change=with_head("near", query="known"),
        ),
        BrokenProgram(
            "two of five are a tie",
            part="heads",
            kind="mismatch",
            change=with_head("near", output=alta.numeric_var(values=(0.2, HALF, 0.8))),
        ),
        BrokenProgram(
            "as many unknown cells as there may be",
            part="inputs",
            kind="undefined",
            change=with_inputs(alta.inputs.regex(".+")),
        ),
        BrokenProgram(
            "three unknown cells at the end",
            part="inputs",
            kind="undefined",
            change=with_inputs(alta.inputs.regex(r"[0-1]{10,} \?{0,3}")),
        ),
    ),
    models=(
        BrokenModel("an unknown cell looks like a 0", confusing(UNKNOWN, 0)),
        BrokenModel("the window is not seen", blinding("near")),
        BrokenModel("levels rise by a quarter", pushing("level", 0, by=0.25)),
        BrokenModel(
            "an unknown cell stays as it is in a tie", silencing("level", near=TIE, known=0)
        ),
    ),
)
