"""Factored rules mean what the rules of the paths mean, in every local state, and are fewer."""

import random

import pytest

import alta
from alta.lang import factoring, paths
from alta.lang.paths import rules_of
from tests.alta.lang.functions import (
    DOMAINS,
    HEADS,
    LOCALS,
    after,
    compiled,
    program_of,
    random_function,
    value_of,
)
from tests.alta.lang.toys import toy_function


def product_form(function):
    return program_of(paths._product(function, DOMAINS))


def agrees(function, locals_, extra=()):
    """Says whether the rules of a function do in some local states what those of its paths do."""
    judge, rules = product_form(function), rules_of(function, DOMAINS, HEADS)
    program = program_of(rules, extra=factoring.witnesses(rules, HEADS))
    assert len(program.rules) <= len(judge.rules) or extra
    return all(
        after(judge, local) == after(program, {**local, **dict.fromkeys(extra, 0)}, judge.variables)
        for local in locals_
    )


@pytest.mark.parametrize("seed", range(12))
def test_factored_rules_do_what_the_rules_of_the_paths_do(seed):
    function = compiled(random_function(seed), value_of=value_of)
    assert agrees(function, random.Random(seed).sample(LOCALS, 150))


@pytest.mark.campaign
def test_factored_rules_of_many_random_functions_do_what_those_of_the_paths_do():
    for seed in range(1_000):
        function = compiled(random_function(seed), value_of=value_of)
        assert agrees(function, random.Random(seed).sample(LOCALS, 400)), seed


def test_independent_writes_are_added_and_not_multiplied():
    def function(z):
        z["a"] = (3 * z["a"] + 1) % 40
        z["b"] = (7 * z["b"] + 2) % 40

    variables = {"a": alta.var(40), "b": alta.var(40)}
    program = toy_function(function, variables=variables, observed=["a", "b"])
    tested = {rule.variable: {atom.variable for atom in rule.atoms} for rule in program.rules}
    assert tested == {"a": {"a"}, "b": {"b"}}
    assert len(program.rules) == 78


def in_vain(z):
    z["left"]
    if z["x"] == 1:
        z["y"] = 2


def reads_two(z):
    z["left"], z["right"]
    z["n"] = 1.0


def either(z):
    if z["left"]:
        z["y"] = z["x"]
    else:
        z["y"] = z["right"]


def copies(z):
    z["left"]
    z["y"] = z["x"]


def no_write(z):
    if z["left"] == 1 and z["x"] == 1:
        z["x"] = 1


FUNCTIONS = [copies, in_vain, reads_two, either, no_write]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_head_output_that_is_read_in_vain_may_not_be_undefined(function):
    assert agrees(function, LOCALS)


@pytest.mark.parametrize("function", FUNCTIONS[:3])
def test_rules_that_leave_out_reads_in_vain_are_noticed(function, monkeypatch):
    monkeypatch.setattr(factoring._Factoring, "cover", lambda *_: None)
    assert not agrees(function, LOCALS)


@pytest.mark.parametrize("function", [copies, reads_two])
def test_a_variable_of_one_value_carries_tests_that_would_multiply(function, monkeypatch):
    monkeypatch.setattr(factoring, "MAX_BURDEN", 0)
    monkeypatch.setattr(paths, "_kept", lambda _paths, _domains, rules: rules)
    extra = factoring.witnesses(rules_of(function, DOMAINS, HEADS), HEADS)
    assert extra.keys() <= {"left is read", "right is read"}
    assert extra
    assert agrees(function, LOCALS, extra)


def test_a_function_with_such_a_variable_is_compiled_and_still_refuted_where_it_reads_nothing(
    monkeypatch,
):
    monkeypatch.setattr(factoring, "MAX_BURDEN", 0)
    monkeypatch.setattr(paths, "_kept", lambda _paths, _domains, rules: rules)
    heads = {"left": alta.v_relative("x", -1)}
    program = toy_function(copies, heads=heads)
    assert set(program.variables) == {"x", "y", "left is read"}
    with pytest.raises(alta.UndefinedVariableError, match="'left', which is UNDEFINED"):
        alta.run(program, [1, 2])


def test_too_many_rules_name_what_multiplies(monkeypatch):
    monkeypatch.setattr(paths, "MAX_RULES", 5)

    def function(z):
        z["y"] = (z["x"] + z["y"]) % 3

    assert "these reads multiply: x (3), y (3)" in rules_of(function, DOMAINS, HEADS).reason
