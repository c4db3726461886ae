"""What heads select and read in a batch, numbers and sets included, is what they do alone."""

import numpy as np
import pytest

import alta
from alta.interp.batch import Transitions, readings
from alta.interp.batch.readings import NOWHERE, Selected
from alta.interp.step import initial_state, selected
from tests.alta.interp.batch.averaging import WORDS, averaging, below, check
from tests.alta.lang.toys import toy

HEADS = {
    "over everything": alta.Head(None, None, "n"),
    "over one value of the key": alta.qkv("last", "x", "n"),
    "over a set of values": alta.qkv("few", "x", "n"),
    "over what the query asks for": alta.qkv("x", "p", "n"),
    "over what the set asks for": alta.qkv("some", "p", "n"),
    "over some distances": alta.Head(None, None, "n", (-2, -1, 0)),
    "over a set at some distances": alta.qkv("some", "x", "n", [-1, 0, 2]),
    "over one value at some distances": alta.qkv("last", "x", "n", [-1, 0, 2]),
    "over everything so far": alta.Head(None, None, "n", alta.causal()),
    "over one value before": alta.qkv("last", "x", "n", alta.before()),
    "over a set so far": alta.qkv("some", "p", "n", alta.causal()),
    "of the neighbour": alta.v_relative("n", -1),
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_means_run_alike(head):
    batch, failing = check(averaging(head))
    assert len({run.outputs for run in batch}) > 5 or failing


@pytest.mark.parametrize(
    "mask",
    [None, [-1, 0, 2], alta.before()],
    ids=["anywhere", "at some distances", "before"],
)
@pytest.mark.parametrize("query", ["some", "few"])
@pytest.mark.parametrize("key", ["x", "p"])
def test_a_single_position_that_a_set_asks_for_is_read_alike(query, key, mask):
    program = alta.replace(
        averaging(alta.qkv("last", "x", "n")),
        heads={"one": alta.qkv(query, key, "x", mask)},
        rules=[alta.rule({"one": 2, "x": 2}, "y", 3)],
    )
    batch, failing = check(program)
    assert batch
    assert failing


def test_numbers_that_rules_assign_are_averaged_alike():
    program = toy(
        [alta.rule({"n": 0, "x": 1}, "n", 1e-3), alta.rule({"mean": 1}, "n", -7.5)],
        variables={"n": alta.numeric_var([0.0, 0.5], input_init_fn=lambda t: t / 7)},
        heads={"mean": alta.Head(None, None, "n")},
        output_name="n",
        layers=4,
    )
    batch, _ = check(program, WORDS[1:])
    assert {value for run in batch for value in run.outputs} >= {1e-3, -7.5}


def test_sets_and_numbers_halt_a_batch_alike():
    rules = [alta.rule({"x": 1}, "s", below(2)), alta.rule({"x": 1}, "n", 2.5)]
    variables = {"s": alta.set_var(2, [below(1), below(2)], default={0}), "n": alta.numeric_var()}
    for halt in (alta.halt_spec("s", below(2)), alta.halt_spec("n", 2.5)):
        for output in ("s", "n"):
            batch, _ = check(
                toy(rules, variables=variables, halt=halt, layers=3, output_name=output)
            )
            assert {(run.halted, run.n_layers) for run in batch} >= {(True, 1), (False, 3)}


READ = {"time": "y", "held": "x"}


def test_what_is_the_same_at_all_positions_is_read_as_it_is_in_each_layer():
    program = toy(
        [
            alta.rule({"y": 0}, "y", 1),
            alta.rule({"y": 1}, "y", 2),
            alta.rule({"time": 1, "held": 0}, "x", 1),
        ],
        heads={name: alta.Head(None, None, value, (0,)) for name, value in READ.items()},
        output_name="x",
        layers=3,
    )
    batch, _ = check(program)
    assert any(run.outputs != run.tokens for run in batch)


# --- selected positions ---------------------------------------------------------------------------


DRAWN = np.random.default_rng(0).integers(0, 3, (6, 5))
SELECTING = {
    "by content": alta.qkv("x", "k", "x"),
    "by content and distance": alta.qkv("x", "k", "x", [-2, 1]),
    "by content so far": alta.qkv("x", "k", "x", alta.causal()),
    "by a set before": alta.qkv("s", "k", "x", alta.before()),
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
@pytest.mark.parametrize("head", SELECTING.values(), ids=SELECTING)
def test_the_only_position_is_the_one_that_the_interpreter_selects(head, wide, monkeypatch):
    monkeypatch.setattr(readings, "_WIDE", wide)
    program = program_of(head)
    tables = Transitions(program)
    states = tables.first_states(DRAWN)
    [selection] = [*tables.plan.shared, *tables.plan.separate]
    chosen = Selected(program, tables.plan, tables.rows, DRAWN.shape[1])
    only = chosen.only(selection, states)
    only = only[:, None] if selection.uniform else only
    for row, word in enumerate(np.broadcast_to(only, DRAWN.shape).tolist()):
        state = initial_state(program, DRAWN[row].tolist())
        places = [selected(head, state, position) for position in range(len(word))]
        assert word == [place[0] if len(place) == 1 else NOWHERE for place in places]
