"""A row of cells, each of which lives or dies by its neighbours: the automaton called rule 110."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import alta
from tests.cases.case import BrokenModel, BrokenProgram, Case
from tests.cases.changes import assigning, ignoring, with_head, with_inputs, without
from tests.cases.damage import blinding, confusing, silencing

WALL = 2
RULE = 110


def _ffn(z: Any) -> None:
    if z["cell"] == WALL:
        return
    left, right = (int(z[side]) % 2 for side in ("left", "right"))  # a wall is dead
    z["cell"] = RULE >> (4 * left + 2 * int(z["cell"]) + right) & 1


def rule_110() -> alta.Program:
    """Gives the row after as many generations as it has cells and walls."""
    return alta.program_spec(
        name="rule_110",
        variables={"cell": alta.input_var(3)},
        heads={"left": alta.v_relative("cell", -1), "right": alta.v_relative("cell", 1)},
        ffn_fn=_ffn,
        output_name="cell",
        input_range=3,
        layers=lambda length: length,
        vocab=("0", "1", "WALL"),
        inputs=alta.inputs.regex("WALL ([0-1]+ WALL)+"),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    rows = "".join("01|"[token] for token in tokens).split("|")
    lives = {"110", "101", "011", "010", "001"}
    for _ in tokens:
        padded = [f"0{row}0" for row in rows]
        rows = [
            "".join("01"[row[i : i + 3] in lives] for i in range(len(row) - 2)) for row in padded
        ]
    return ["01|".index(cell) for cell in "|".join(rows)]


CASE = Case(
    build=rule_110,
    oracle=_oracle,
    programs=(
        BrokenProgram(
            "nobody dies of crowding",
            part="rules",
            kind="mismatch",
            change=without("cell", left=1, cell=1, right=1),
        ),
        BrokenProgram(
            "nobody is born at the left wall",
            part="rules",
            kind="mismatch",
            change=without("cell", left=WALL, cell=0, right=1),
        ),
        BrokenProgram(
            "two rules for one birth",
            part="rules",
            kind="conflict",
            change=ignoring("left", "cell", left=1, cell=0, right=1),
        ),
        BrokenProgram(
            "a third kind of cell is born",
            part="rules",
            kind="range",
            change=assigning(3, "cell", left=WALL, cell=0, right=1),
        ),
        BrokenProgram(
            "the right neighbour is on the left",
            part="heads",
            kind="mismatch",
            change=with_head("right", mask=(-1,)),
        ),
        BrokenProgram(
            "the right neighbour is two to the right",
            part="heads",
            kind="undefined",
            change=with_head("right", mask=(2,)),
        ),
        BrokenProgram(
            "no wall at the end",
            part="inputs",
            kind="undefined",
            change=with_inputs(alta.inputs.regex("WALL [0-1]+ WALL?")),
        ),
    ),
    models=(
        BrokenModel(
            "nobody is born between a wall and a living cell",
            silencing("cell", left=WALL, cell=0, right=1),
        ),
        BrokenModel("a wall looks like a living cell", confusing(WALL, 1)),
        BrokenModel("nothing is seen on the left", blinding("left")),
    ),
)
