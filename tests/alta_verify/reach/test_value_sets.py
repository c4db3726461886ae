"""Value sets alone show that a head always selects one position, and see when it may not."""

from __future__ import annotations

import pytest

from alta import inputs
from alta.lang.build import program_spec_from_rules
from alta.lang.heads import qkv
from alta.lang.program import Program
from alta.lang.rules import rule
from alta.lang.variables import input_var, position_var, var
from alta_verify.abstraction import Abstraction
from alta_verify.reach.value_sets import possible_violations, value_sets

CELLS = 3


def pointing(*, length: str, addresses=lambda position: position) -> Program:
    """Every cell points to a cell, which is fetched by its address."""
    return program_spec_from_rules(
        name="pointing",
        variables={
            "pointer": input_var(CELLS),
            "address": position_var(CELLS, init_fn=addresses),
            "result": var(CELLS),
        },
        heads={"fetched": qkv("pointer", "address", "pointer")},
        rules=[rule({"fetched": value}, "result", value) for value in range(CELLS)],
        output_name="result",
        input_range=CELLS,
        position_range=CELLS,
        layers=1,
        inputs=inputs.regex(f"[0-{CELLS - 1}]{{{length}}}"),
    )


def suspects(program: Program) -> set[str]:
    lengths = [n for n in program.inputs.lengths(CELLS) if n]
    live = [frozenset(range(CELLS))] * max(lengths)
    abstraction = Abstraction.of(program)
    sets = value_sets(abstraction, live, lengths)
    return {violation.kind for violation, _ in possible_violations(abstraction.finite, sets)}


def test_a_head_that_finds_one_position_for_every_query_is_never_undefined():
    assert suspects(pointing(length="3")) == set()


BROKEN = {
    "inputs may be too short to have the position": pointing(length="2,3"),
    "two positions have the key": pointing(length="3", addresses=lambda p: max(p, 1)),
    "no position has the key": pointing(length="3", addresses=lambda p: (0, 1, 1)[p]),
}


@pytest.mark.parametrize("why", list(BROKEN))
def test_a_head_may_be_undefined_where(why):
    assert suspects(BROKEN[why]) == {"undefined"}
