"""An MLP function means the rules of its paths."""

from itertools import product

import pytest

import alta
from tests.alta.lang.toys import toy_function


def rules(function, **options):
    return [str(rule) for rule in toy_function(function, **options).rules]


def test_a_rule_tests_only_what_its_path_read():
    def function(z):
        if z["x"] == 2:
            z["y"] = 1
        elif z["left"] == 0:
            z["y"] = 2

    assert rules(function, heads={"left": alta.v_relative("x", -1)}) == [
        "x=0 & left=0 -> y := 2",
        "x=1 & left=0 -> y := 2",
        "x=2 -> y := 1",
    ]


def test_a_function_that_reads_nothing_is_one_rule_for_each_write():
    def function(z):
        z["y"] = 2
        z["x"] = 1

    assert rules(function) == ["always -> x := 1", "always -> y := 2"]


def test_a_function_that_writes_nothing_has_no_rules():
    assert rules(lambda z: z["x"] == z["y"]) == []


def test_a_read_never_sees_the_function_s_own_writes():
    def function(z):
        before = z["y"]
        z["y"] = 2
        assert z["y"] == before
        z["x"] = z["y"]

    assert rules(function) == [
        "y=0 -> x := 0",
        "y=1 -> x := 1",
        "y=2 -> x := 2",
        "y=0 -> y := 2",
        "y=1 -> y := 2",
    ]


def test_a_read_after_a_write_forks_like_any_other():
    def function(z):
        z["y"] = 1
        z["x"] = z["y"]

    assert rules(function) == [
        "y=0 -> x := 0",
        "y=1 -> x := 1",
        "y=2 -> x := 2",
        "y=0 -> y := 1",
        "y=2 -> y := 1",
    ]


def test_of_several_writes_the_last_counts():
    def function(z):
        z["y"] = 1
        if z["x"] == 0:
            z["y"] = 2

    assert rules(function) == ["x=0 -> y := 2", "x=1 -> y := 1", "x=2 -> y := 1"]


def test_a_write_that_takes_another_back_leaves_no_rule():
    def function(z):
        z["x"] = 1 - min(z["x"], 1)
        z["x"] = z["x"]

    assert rules(function) == []


def test_reading_a_variable_again_gives_the_same_value():
    def function(z):
        if z["x"] == 1 and z["x"] != 1:
            z["y"] = 1

    assert rules(function) == []


def test_a_value_out_of_range_becomes_a_trap():
    def function(z):
        z["y"] = z["y"] + z["x"]

    program = toy_function(function)
    traps = [str(rule) for rule in program.rules if program.is_trap(rule)]
    assert traps == ["x=1 & y=2 -> y := 3", "x=2 & y=1 -> y := 3", "x=2 & y=2 -> y := 4"]


def test_rules_do_what_the_function_does_on_every_local_state():
    def function(z):
        if z["left"] == 1:
            z["y"] = (z["x"] + z["y"]) % 3
            if z["y"] == 2:
                z["x"] = 0
        elif z["x"] != z["left"]:
            z["x"], z["y"] = z["y"], z["x"]

    program = toy_function(function, heads={"left": alta.v_relative("x", -1)})
    for x, y, left in product(range(3), repeat=3):
        local = {"x": x, "y": y, "left": left}
        # The function sees a dictionary of its own, whose reads do not see its writes.
        written: dict[str, int] = {}

        class State:
            def __getitem__(self, name, local=local):
                return local[name]

            def __setitem__(self, name, value, written=written):
                written[name] = value

        function(State())
        firing = [rule for rule in program.rules if rule.fires(local)]
        after = {**local, **{rule.variable: rule.value for rule in firing}}
        assert len({rule.variable for rule in firing}) == len(firing)
        assert after == {**local, **written}


def test_paths_are_few_where_a_rule_for_every_value_would_be_many():
    program = alta.programs.parity_sequential_absolute(max_length=50)
    assert program.variables["index"].size == 50
    assert len(program.rules) <= 12
    read = {atom.variable for rule in program.rules for atom in rule.atoms}
    assert read == {"parity", "done", "parity_left", "done_left"}


@pytest.mark.parametrize("size", [2, 40], ids=["few values", "many values"])
def test_a_variable_that_no_path_reads_multiplies_nothing(size):
    def function(z):
        if z["x"] == 1:
            z["y"] = 1

    variables = {"unread": alta.var(size)}
    assert rules(function, variables=variables) == ["x=1 -> y := 1"]
