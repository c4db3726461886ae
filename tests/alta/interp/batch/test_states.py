"""States are in two parts, and a plan says what is worked out once a sequence."""

import numpy as np

import alta
from alta.interp.batch import Transitions
from alta.interp.batch.states import plan_of
from tests.alta.lang.toys import counter, toy


def test_first_states_are_those_of_the_interpreter():
    program = toy(variables={"p": alta.position_var(3)}, position_range=3)
    tables = Transitions(program)
    states = tables.first_states(np.array([[2, 0, 1]]))
    for name in program.variables:
        have = np.broadcast_to(tables.rows.column(name, states), (1, 3))[0].tolist()
        assert have == [local[name] for local in alta.run(program, [2, 0, 1]).initial]


def test_heads_that_select_the_same_share_a_selection():
    heads = {
        "a": alta.v_relative("x", -1),
        "b": alta.v_relative("y", -1),
        "c": alta.v_relative("x", 1),
    }
    plan = plan_of(toy(heads=heads))
    selections = {selection.heads: selection.values for selection in plan.separate}
    assert selections == {("a", "b"): ("x", "y"), ("c",): ("x",)}


def test_a_variable_that_is_the_same_everywhere_is_uniform():
    assert plan_of(counter(3)).uniform == ("y",)
    assert plan_of(toy([alta.rule({"x": 1}, "y", 1)])).positional == ("x", "y")


def test_what_no_rule_assigns_lasts_and_so_does_a_selection_of_it():
    heads = {"lasting": alta.qkv("x", "x", "y"), "passing": alta.qkv("y", "x", "y")}
    plan = plan_of(toy([alta.rule({"x": 1}, "y", 1)], heads=heads))
    assert plan.lasting == {"x"}
    assert {s.heads[0]: s.lasting for s in plan.separate} == {"lasting": True, "passing": False}


def test_a_mean_has_a_selection_of_its_own():
    heads = {"mean": alta.qkv("y", "y", "n"), "same": alta.qkv("y", "y", "x")}
    number = alta.numeric_var([0.0, 1.0], input_init_fn=float)
    plan = plan_of(toy(variables={"n": number}, heads=heads))
    assert {s.heads: s.averages for s in (*plan.shared, *plan.separate)} == {
        ("mean",): True,
        ("same",): False,
    }
