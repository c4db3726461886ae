"""Value sets alone show that a head always selects one position, and see when it may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta import inputs
from alta.lang.build import program_spec_from_rules
from alta.lang.heads import qkv
from alta.lang.program import Program
from alta.lang.rules import rule
from alta.lang.variables import input_var, position_var, var
from alta_verify.abstraction import Abstraction
from alta_verify.reach.sets.value_sets import _Readers, value_sets
from alta_verify.reach.violations import Violation, possible_violations

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


# --- who reads whom -------------------------------------------------------------------------------

NAMES = ("query", "key", "value")


def reading(mask: set[int] | None) -> Program:
    return program_spec_from_rules(
        name="reading",
        variables={name: input_var(CELLS) for name in NAMES} | {"result": var(CELLS)},
        heads={"found": qkv(*NAMES, relative_position_mask=mask)},
        rules=[rule({"found": value}, "result", value) for value in range(CELLS)],
        output_name="result",
        input_range=CELLS,
        layers=1,
    )


@pytest.mark.parametrize("mask", [None, {0}, {-1, 1}, {-2}], ids=str)
@given(st.data())
def test_who_reads_something_else_after_a_change_is_said_to_be_affected(mask, data):
    abstraction = Abstraction.of(reading(mask))
    values = st.sets(st.integers(0, CELLS - 1), min_size=1)
    row = st.fixed_dictionaries(dict.fromkeys((*NAMES, "result"), values))
    state = data.draw(st.lists(row, min_size=2, max_size=4))
    readers = _Readers(abstraction, state, [len(state)] * len(state))
    before = [readers.read(position) for position in range(len(state))]
    place = data.draw(st.integers(0, len(state) - 1))
    changed = data.draw(st.sets(st.sampled_from(NAMES), min_size=1))
    for name in changed:
        state[place][name] |= data.draw(values)
    after = [readers.read(position) for position in range(len(state))]
    # Where something has changed all heads are read again anyway.
    affected = {place, *readers.affected(place, changed)}
    assert {p for p in range(len(state)) if before[p] != after[p]} <= affected


def test_a_violation_names_its_rules():
    first, second = rule({"a": 0}, "b", 1), rule({"a": 1}, "b", 0)
    assert str(Violation("range", (first,))) == f"range: '{first}'"
    assert str(Violation("conflict", (first, second))) == f"conflict: '{first}' and '{second}'"
