"""Value sets alone show that a head always selects one position, and see when it may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta.lang.build import program_spec_from_rules
from alta.lang.heads import qkv
from alta.lang.masks import Mask, before, causal
from alta.lang.program import Program
from alta.lang.rules import rule
from alta.lang.variables import input_var, var
from alta_verify.abstraction import Abstraction
from alta_verify.reach.sets.places import Positions
from alta_verify.reach.sets.value_sets import _Readers

CELLS = 3

NAMES = ("query", "key", "value")


def reading(mask: Mask | set[int] | None) -> Program:
    return program_spec_from_rules(
        name="reading",
        variables={name: input_var(CELLS) for name in NAMES} | {"result": var(CELLS)},
        heads={"found": qkv(*NAMES, relative_position_mask=mask)},
        rules=[rule({"found": value}, "result", value) for value in range(CELLS)],
        output_name="result",
        input_range=CELLS,
        layers=1,
    )


@pytest.mark.parametrize("mask", [None, {0}, {-1, 1}, {-2}, causal(), before()], ids=str)
@given(st.data())
def test_who_reads_something_else_after_a_change_is_said_to_be_affected(mask, data):
    abstraction = Abstraction.of(reading(mask))
    values = st.sets(st.integers(0, CELLS - 1), min_size=1)
    row = st.fixed_dictionaries(dict.fromkeys((*NAMES, "result"), values))
    state = data.draw(st.lists(row, min_size=2, max_size=4))
    readers = _Readers(abstraction, state, Positions([frozenset()] * len(state), [len(state)]))
    before = [readers.read(position) for position in range(len(state))]
    place = data.draw(st.integers(0, len(state) - 1))
    changed = data.draw(st.sets(st.sampled_from(NAMES), min_size=1))
    for name in changed:
        state[place][name] |= data.draw(values)
    after = [readers.read(position) for position in range(len(state))]
    # Where something has changed all heads are read again anyway.
    affected = {place, *readers.affected(place, changed)}
    assert {p for p in range(len(state)) if before[p] != after[p]} <= affected
