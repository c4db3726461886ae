"""A plan says what is worked out once a sequence, and which heads select alike."""

import alta
from alta.interp.batch.plan import plan_of
from tests.alta.lang.toys import counter, toy


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
