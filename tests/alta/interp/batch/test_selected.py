"""The positions that heads select are those of the interpreter, by key or by distance."""

import numpy as np
import pytest

import alta
from alta.interp.batch import Transitions
from alta.interp.batch import selected as module
from alta.interp.batch.selected import NOWHERE, Selected
from alta.interp.step import initial_state, selected
from tests.alta.lang.toys import toy

WORDS = np.random.default_rng(0).integers(0, 3, (6, 5))
HEADS = {
    "by content": alta.qkv("x", "k", "x"),
    "by content and distance": alta.qkv("x", "k", "x", [-2, 1]),
    "by distance": alta.v_relative("x", -1),
    "by a set": alta.qkv("s", "k", "x"),
    "the same everywhere": alta.qkv("y", "k", "x"),
    "nowhere": alta.v_relative("x", 9),
}


def program_of(head):
    subsets = [frozenset({0}), frozenset({0, 1}), frozenset({0, 1, 2})]
    variables = {
        "k": alta.input_var(3, lambda token: (token + 1) % 3),
        "s": alta.set_var(3, subsets, input_init_fn=subsets.__getitem__),
    }
    return toy(variables=variables, heads={"h": head})


@pytest.mark.parametrize("wide", [0, 16], ids=["by distance", "by value"])
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_the_only_position_is_the_one_that_the_interpreter_selects(head, wide, monkeypatch):
    monkeypatch.setattr(module, "_WIDE", wide)
    program = program_of(head)
    tables = Transitions(program)
    states = tables.first_states(WORDS)
    [selection] = [*tables.plan.shared, *tables.plan.separate]
    chosen = Selected(program, tables.plan, tables.rows, WORDS.shape[1])
    only = chosen.only(selection, states)
    only = only[:, None] if selection.uniform else only
    for row, word in enumerate(np.broadcast_to(only, WORDS.shape).tolist()):
        state = initial_state(program, WORDS[row].tolist())
        places = [selected(head, state, position) for position in range(len(word))]
        assert word == [place[0] if len(place) == 1 else NOWHERE for place in places]
