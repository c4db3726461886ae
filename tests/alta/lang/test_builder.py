"""An MLPBuilder collects rules from loops over values."""

import pytest

import alta
from alta.errors import ProgramError
from tests.alta.lang.toys import toy

VARIABLES = {"x": alta.input_var(3), "y": alta.var(2)}
HEADS = {"left": alta.v_relative("y", -1)}


@pytest.fixture
def b():
    return alta.MLPBuilder(VARIABLES, HEADS)


def texts(builder):
    return [str(rule) for rule in builder.rules]


def test_a_loop_gives_a_rule_for_every_value(b):
    for x in b.get("x"):
        b.set("y", x % 2)
    assert texts(b) == ["x=0 -> y := 0", "x=1 -> y := 1", "x=2 -> y := 0"]


def test_several_names_are_looped_over_as_tuples(b):
    seen = list(b.get("y", "left"))
    assert seen == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_outside_any_loop_a_rule_always_holds(b):
    b.set("y", 1)
    assert texts(b) == ["always -> y := 1"]


def test_nested_loops_join_their_conditions(b):
    for left in b.get("left"):
        if left == 1:
            for x in b.get("x"):
                if x == 2:
                    b.set("y", 0)
    assert texts(b) == ["left=1 & x=2 -> y := 0"]


def test_a_rule_tests_only_the_loops_that_it_stands_in(b):
    for x in b.get("x"):
        if x == 1:
            b.set("y", 1)
            continue
        for left in b.get("left"):
            if x == left:
                b.set("y", 0)
    assert texts(b) == ["left=0 & x=0 -> y := 0", "x=1 -> y := 1"]


def test_a_name_that_an_outer_loop_stands_at_keeps_its_value(b):
    for x in b.get("x"):
        for again, y in b.get("x", "y"):
            assert again == x
            if y == 1:
                b.set("y", 0)
    assert len(b.rules) == 3


def test_a_name_given_twice_is_one_variable(b):
    assert list(b.get("y", "y")) == [(0, 0), (1, 1)]


def test_after_a_loop_its_variable_is_free_again(b):
    for _ in b.get("x"):
        pass
    b.set("y", 1)
    assert texts(b) == ["always -> y := 1"]


def test_after_breaking_out_of_a_loop_its_variable_is_free_again(b):
    for _ in b.get("x"):
        break
    b.set("y", 1)
    assert texts(b) == ["always -> y := 1"]


def test_breaking_out_of_an_inner_loop_leaves_the_outer_one(b):
    for x in b.get("x"):
        for y, _left in b.get("y", "left"):
            if y == 1:
                break
        if x == 2:
            b.set("y", 1)
    assert texts(b) == ["x=2 -> y := 1"]


def test_an_identical_rule_is_collected_once(b):
    for _ in range(2):
        b.set("y", 1)
    assert len(b.rules) == 1


def test_an_unknown_name_is_refused_before_the_loop_begins(b):
    with pytest.raises(ProgramError, match=r"MLPBuilder.get\('lefft'\).*did you mean 'left'\?"):
        b.get("lefft")


def test_looping_over_nothing_is_refused(b):
    with pytest.raises(ProgramError, match="expected at least one variable name"):
        b.get()


def test_a_value_that_is_no_int_is_refused(b):
    with pytest.raises(ProgramError, match=r"MLPBuilder.set\('y', …\): expected an int, got 0.5"):
        b.set("y", 0.5)


def test_unknown_names_and_ranges_of_writes_are_checked_when_the_program_is_built(b):
    b.set("yy", 1)
    with pytest.raises(ProgramError, match="no variable 'yy'; did you mean 'y'"):
        toy(b.rules)


def test_variables_and_heads_are_checked_against_one_another_at_once():
    with pytest.raises(ProgramError, match="head 'h': its value 'z' is not a variable"):
        alta.MLPBuilder(VARIABLES, {"h": alta.v_relative("z", 1)})


def test_the_rules_of_a_builder_and_of_a_function_make_the_same_program(b):
    def function(z):
        if z["left"] == 1:
            z["y"] = int(z["x"] == 2)

    for left, x in b.get("left", "x"):
        if left == 1:
            b.set("y", int(x == 2))
    parts = {"variables": VARIABLES, "heads": HEADS, "output_name": "y", "input_range": 3}
    built = alta.program_spec_from_rules(rules=b.rules, **parts)
    assert built == alta.program_spec(ffn_fn=function, **parts)
