"""A reading forks over what is done with it, and gives the rules that plain values would give."""

import math
import operator
from itertools import product

import numpy as np
import pytest

import alta
from alta.lang import paths
from alta.lang.heads import domains_of
from alta.lang.paths import rules_of
from tests.alta.lang.toys import toy_function

SUBSETS = [{0}, {0, 1}, {1, 2}]
VARIABLES = {
    "x": alta.input_var(4),
    "y": alta.var(4),
    "big": alta.var(100),
    "level": alta.numeric_var([-1.5, 0, 2]),
    "members": alta.set_var(3, SUBSETS, default={0}),
}
DOMAINS = domains_of(VARIABLES, {})


def number_of_runs(function):
    runs = 0

    def counted(z):
        nonlocal runs
        runs += 1
        function(z)

    assert isinstance(rules_of(counted, DOMAINS, ()), tuple)
    return runs


def plainly(function, names):
    """Runs a function on dictionaries of plain values: what it makes of every state."""
    after = {}
    for indices in product(*[range(DOMAINS[name].size) for name in names]):
        contents = {n: DOMAINS[n].contents[i] for n, i in zip(names, indices, strict=True)}
        writes = {}

        class State:
            def __getitem__(self, name, contents=contents):
                return contents[name]

            def __setitem__(self, name, value, writes=writes):
                writes[name] = value

        function(State())
        after[indices] = contents | writes
    return after


def through_readings(function, names):
    """Runs a function on readings, and reads off what the rules make of every state."""
    after = {}
    rules = rules_of(function, DOMAINS, ())
    for indices in product(*[range(DOMAINS[name].size) for name in names]):
        state = dict(zip(names, indices, strict=True))
        firing = [rule for rule in rules if rule.fires(state)]
        writes = {rule.variable: rule.value for rule in firing}
        assert len(writes) == len(firing)
        contents = {name: DOMAINS[name].contents[index] for name, index in state.items()}
        after[indices] = contents | writes
    return after


def write(z, value):
    z["y"] = value


FUNCTIONS = {
    "comparisons": lambda z: write(z, (z["x"] < 2) + (z["x"] == 3) + (z["x"] <= 1)),
    "two readings": lambda z: write(z, int(z["x"] == z["y"])),
    "arithmetic": lambda z: write(z, (3 * z["x"] + z["y"] ** 2 - -z["x"]) % 4),
    "division": lambda z: write(z, round(1 / (1 + z["x"])) + z["x"] // 2 + 7 % (z["x"] + 1)),
    "bits": lambda z: write(z, (z["x"] ^ z["y"]) & 3 | 1 << (z["x"] >> 1) & ~z["y"]),
    "modular power": lambda z: write(z, pow(z["x"], 3, 4)),
    "as an index": lambda z: write(z, [3, 1, 2, 0][z["x"]]),
    "as a key": lambda z: write(z, {0: 1, 1: 0}.get(z["x"], 2)),
    "in a range": lambda z: write(z, sum(range(z["x"])) % 4),
    "truth": lambda z: write(z, 1 if z["x"] and not z["y"] else 2),
    "largest": lambda z: write(z, max(z["x"], z["y"])),
    "passed on": lambda z: write(z, z["x"]),
    "as text": lambda z: write(z, int(f"{z['x']}{z['y']}") % 4),
    "methods": lambda z: write(z, z["x"].bit_count()),
    "numbers": lambda z: write(z, math.floor(z["level"]) % 4 + (z["level"] > 0) * 0),
    "float": lambda z: write(z, int(float(z["x"])) if isinstance(z["x"], int) else 3),
    "members": lambda z: write(z, len(z["members"]) + (2 in z["members"])),
    "union": lambda z: write(z, len(z["members"] | {2}) if z["members"] else 0),
    "iteration": lambda z: write(z, sum(z["members"])),
    "numpy": lambda z: (
        write(z, np.array([3, 1, 2, 0])[np.maximum(z["x"], np.int64(2) % z["y"])])
        if z["y"]
        else None
    ),
    "matching": lambda z: write(z, 0 if z["x"] in {1, 3} else 2),
    "divmod": lambda z: write(z, sum(divmod(z["x"], 2))),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_readings_give_the_rules_that_plain_values_give(name):
    names = ["x", "y", "level", "members"]
    assert through_readings(FUNCTIONS[name], names) == plainly(FUNCTIONS[name], names)


def test_a_comparison_forks_over_its_two_outcomes():
    assert number_of_runs(lambda z: z["big"] < 50 and write(z, 1)) == 2
    assert number_of_runs(lambda z: 40 <= z["big"] < 50 and write(z, 1)) == 3


def test_arithmetic_forks_over_its_different_results():
    assert number_of_runs(lambda z: write(z, z["big"] % 3)) == 3


def test_comparing_two_readings_forks_over_the_values_of_one():
    assert number_of_runs(lambda z: z["big"] == z["x"] and write(z, 1)) == 4 + 4


def test_a_read_that_nothing_is_done_with_does_not_fork():
    assert number_of_runs(lambda z: z["big"] and write(z, 1)) == 2
    assert number_of_runs(lambda z: (z["big"], write(z, 1))) == 1


def test_a_variable_that_nothing_is_done_with_is_not_tested():
    program = toy_function(lambda z: (z["x"], write(z, 1)), variables={"y": alta.var(4)})
    assert list(map(str, program.rules)) == ["always -> y := 1"]


def test_a_head_output_that_nothing_is_done_with_is_tested_all_the_same():
    heads = {"left": alta.v_relative("x", -1)}
    program = toy_function(lambda z: (z["left"], write(z, 1)), heads=heads)
    assert list(map(str, program.rules)) == [f"left={x} -> y := 1" for x in range(3)]


def test_what_an_operation_raises_is_raised_on_the_paths_that_it_concerns():
    seen = []

    def function(z):
        try:
            write(z, 3 // z["x"])
        except ZeroDivisionError:
            seen.append(operator.index(z["x"]))
            write(z, 0)

    assert through_readings(function, ["x", "y"]) == plainly(function, ["x", "y"])
    assert set(seen) == {0}


def test_equal_looking_objects_are_different_outcomes():
    class Odd:
        def __init__(self, value):
            self.value = value

        def __radd__(self, value):
            return Odd(value)

        def __repr__(self):
            return "odd"

    def function(z):
        write(z, (z["x"] + Odd(0)).value)

    assert through_readings(function, ["x", "y"]) == plainly(function, ["x", "y"])


def test_many_values_need_not_be_many_paths(monkeypatch):
    monkeypatch.setattr(paths, "MAX_PATHS", 8)

    def function(z):
        if z["big"] >= 98 and z["x"] > 2 and z["y"] > 2:
            z["y"] = 0

    assert len(rules_of(function, DOMAINS, ())) == 2
