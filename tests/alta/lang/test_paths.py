"""An MLP function means the rules of its paths."""

import itertools
from itertools import product

import pytest

import alta
from alta.lang import paths
from tests.alta.lang.toys import case, refuses, toy_function


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


def test_none_that_a_function_assigns_becomes_a_trap():
    def function(z):
        z["y"] = {0: 1, 2: 2}.get(z["x"])

    rules = toy_function(function).rules
    assert list(map(str, rules)) == ["x=0 -> y := 1", "x=1 -> y := null", "x=2 -> y := 2"]


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


def write(name, value):
    def function(z):
        z[name] = value

    return function


def read(name):
    def function(z):
        z["y"] = z[name]

    return function


FUNCTIONS = [
    case(
        "that reads an unknown name",
        lambda: toy_function(read("lefft"), heads={"left": alta.v_relative("x", 1)}),
        "the MLP function reads 'lefft', which is neither a variable nor a head",
        "did you mean 'left'?",
    ),
    case(
        "that writes an unknown name",
        lambda: toy_function(write("yy", 1)),
        "no variable 'yy'",
        "did you mean 'y'?",
    ),
    case(
        "that writes a head output",
        lambda: toy_function(write("h", 1), heads={"h": alta.v_relative("x", 1)}),
        "'h' is a head output, which only attention writes",
    ),
    case(
        "that assigns something else than an int",
        lambda: toy_function(write("y", 0.5)),
        "value that the MLP function assigns to 'y': expected an int, got 0.5 (float)",
    ),
    case(
        "that is none",
        lambda: toy_function(3),
        "ffn_fn: expected a function of one argument, got 3",
    ),
]


@pytest.mark.parametrize(("build", "fragments"), FUNCTIONS)
def test_an_mlp_function_is_refused(build, fragments):
    refuses(build, fragments)


def test_a_function_that_depends_on_something_else_the_second_time_is_refused():
    calls = itertools.count()

    def fickle(z):
        if z["xy"[next(calls) % 2]] == 1:
            z["y"] = 0

    refuses(
        lambda: toy_function(fickle),
        ["not deterministic", "it depended on 'x' first and then on 'y'"],
    )


def test_a_function_that_depends_on_nothing_the_second_time_is_refused():
    calls = itertools.count()

    def tired(z):
        if next(calls) == 0 and z["x"] == 1:
            z["y"] = 0

    refuses(
        lambda: toy_function(tired), ["not deterministic", "it depended on 'x' the first time only"]
    )


def sum_of_all(z):
    z["y"] = min(2, z["x"] + z["y"])


@pytest.mark.parametrize("needs_rules", [lambda p: p.rules, alta.program_text, alta.compile])
def test_too_many_paths_are_refused_where_rules_are_needed(needs_rules, monkeypatch):
    monkeypatch.setattr(paths, "MAX_PATHS", 8)
    program = toy_function(sum_of_all)
    refuses(
        lambda: needs_rules(program),
        [
            "program 'toy' has no rules: the MLP function has more than 8 paths",
            "these reads multiply: x (3), y (3)",
            "Read fewer variables on a path, or write the rules with alta.MLPBuilder",
        ],
    )


def test_as_many_paths_as_allowed_are_not_too_many(monkeypatch):
    monkeypatch.setattr(paths, "MAX_PATHS", 9)
    assert len(toy_function(sum_of_all).rules) == 4


def test_too_many_rules_are_refused_like_too_many_paths(monkeypatch):
    monkeypatch.setattr(paths, "MAX_RULES", 3)
    refuses(lambda: toy_function(sum_of_all).rules, ["more than 3 rules; these reads multiply"])


def test_a_program_whose_function_has_too_many_paths_is_interpreted_all_the_same(monkeypatch):
    whole = toy_function(sum_of_all, layers=3)
    monkeypatch.setattr(paths, "MAX_PATHS", 8)
    program = toy_function(sum_of_all, layers=3)
    assert repr(program) == "<Program toy: 2 variables, 0 heads, a function>"
    for tokens in itertools.product(range(3), repeat=2):
        assert alta.run(program, tokens).states == alta.run(whole, tokens).states
    assert alta.replace(program, layers=1).mlp is program.mlp
    assert program != whole


def test_what_a_function_raises_itself_comes_through():
    with pytest.raises(ZeroDivisionError):
        toy_function(lambda z: 1 // z["x"])
