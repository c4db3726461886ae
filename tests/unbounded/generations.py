"""Two generations of rule 110: two layers of one program, or one of another that sees further."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import alta
from tests.cases.changes import assigning, ignoring, with_head, with_inputs, without
from tests.cases.rule_110 import RULE, WALL, rule_110
from tests.unbounded.case import Case, Twin

LIVES = {"110", "101", "011", "010", "001"}


def two_generations() -> alta.Program:
    """Gives the second generation, one a layer."""
    return alta.replace(rule_110(), name="two_generations", layers=2)


def _next(left: int, cell: int, right: int) -> int:
    """Returns a cell of the next generation; walls are dead, and stay."""
    if cell == WALL:
        return WALL
    return RULE >> (4 * (left % 2) + 2 * cell + right % 2) & 1


def _ffn(z: Any) -> None:
    cell, left, right = z["cell"], WALL, WALL
    if cell == WALL:
        return
    if z["left_1"] != WALL:
        left = _next(z["left_2"], z["left_1"], cell)
    if z["right_1"] != WALL:
        right = _next(cell, z["right_1"], z["right_2"])
    z["cell"] = _next(left, _next(z["left_1"], cell, z["right_1"]), right)


def two_generations_at_once() -> alta.Program:
    """Gives the second generation in one layer."""
    return alta.program_spec(
        name="two_generations_at_once",
        variables={"cell": alta.input_var(3)},
        heads={
            f"{side}_{distance}": alta.v_relative("cell", sign * distance)
            for side, sign in (("left", -1), ("right", 1))
            for distance in (1, 2)
        },
        ffn_fn=_ffn,
        output_name="cell",
        input_range=3,
        layers=1,
        vocab=("0", "1", "WALL"),
        inputs=alta.inputs.regex("WALL ([0-1]+ WALL)+"),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    rows = "".join("01|"[token] for token in tokens).split("|")
    for _ in range(2):
        padded = [f"0{row}0" for row in rows]
        rows = [
            "".join("01"[row[i : i + 3] in LIVES] for i in range(len(row) - 2)) for row in padded
        ]
    return ["01|".index(cell) for cell in "|".join(rows)]


UNWALLED = alta.inputs.regex("WALL [0-1]+ WALL?")

CASE = Case(
    name="two_generations",
    build=two_generations,
    meant=two_generations_at_once(),
    oracle=_oracle,
    twins=(
        Twin("nobody dies of crowding", 5, change=without("cell", left=1, cell=1, right=1)),
        Twin(
            "two rules for one birth",
            4,
            "conflict",
            ignoring("left", "cell", left=1, cell=0, right=1),
        ),
        Twin(
            "a third kind of cell is born",
            4,
            "range",
            assigning(3, "cell", left=WALL, cell=0, right=1),
        ),
        Twin("the right neighbour is on the left", 4, change=with_head("right", mask=(-1,))),
        Twin(
            "no wall at the end",
            2,
            "undefined",
            with_inputs(UNWALLED),
            with_inputs(UNWALLED)(two_generations_at_once()),
        ),
        Twin("three generations", 5, change=lambda program: alta.replace(program, layers=3)),
        Twin(
            "one generation was seen",
            5,
            meant=alta.replace(two_generations(), layers=1),
        ),
    ),
)
