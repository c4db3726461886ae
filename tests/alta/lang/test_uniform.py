"""Uniform names: what is the same at every position."""

from itertools import product

import pytest

import alta
from alta.interp.step import attend
from alta.lang.uniform import uniform_names
from tests.alta.lang.toys import copied, toy, toy_function


def pointing(rules=(), *, mask=None, **variables):
    """A pointer `p` that is the same everywhere, and a head that reads the token it points at."""
    return toy(
        rules,
        variables={"p": alta.var(3), "at": alta.position_var(3), **variables},
        heads={"there": alta.qkv("p", "at", "x", relative_position_mask=mask)},
        position_range=3,
        layers=3,
    )


STEP = [alta.rule({"p": 0}, "p", 1), alta.rule({"p": 1}, "p", 2)]


def test_a_variable_that_starts_alike_and_is_never_assigned_is_uniform():
    assert uniform_names(pointing()) >= {"p"}


def test_a_variable_that_starts_from_the_token_is_not_uniform():
    assert not uniform_names(pointing()) & {"x", "at"}


def test_a_table_of_one_value_starts_alike():
    uniform = {"q": alta.input_var(3, lambda _: 2), "r": alta.position_var(3, lambda _: 1)}
    assert uniform_names(pointing(**uniform)) >= {"q", "r"}
    almost = {
        "q": alta.input_var(3, lambda t: 2 - (t == 1)),
        "r": alta.position_var(3, lambda p: p),
    }
    assert not uniform_names(pointing(**almost)) & {"q", "r"}


def test_a_position_variable_for_any_length_is_not_uniform():
    program = toy(variables={"p": alta.position_var(3, lambda _: 1)})
    assert "p" not in uniform_names(program)


def test_a_variable_whose_rules_test_uniform_names_is_uniform():
    assert "p" in uniform_names(pointing(STEP))
    assert "p" not in uniform_names(pointing([*STEP, alta.rule({"at": 2, "p": 2}, "p", 0)]))


def test_a_rule_without_atoms_keeps_a_variable_uniform():
    assert "p" in uniform_names(pointing([alta.rule({}, "p", 1)]))


def test_a_head_with_a_uniform_query_is_uniform_whatever_it_reads():
    assert "there" in uniform_names(pointing(STEP))
    assert "there" not in uniform_names(pointing([*STEP, alta.rule({"x": 1}, "p", 2)]))


@pytest.mark.parametrize("mask", [[-2, -1, 0, 1, 2], alta.causal(), alta.before()], ids=str)
def test_a_head_with_a_mask_is_not_uniform(mask):
    assert "there" not in uniform_names(pointing(STEP, mask=mask))


def test_a_head_without_query_is_uniform_unless_it_has_a_mask():
    heads = {"any": alta.Head(None, None, "x"), "left": alta.v_relative("x", -1)}
    assert uniform_names(toy(heads=heads)) & set(heads) == {"any"}


def test_what_is_copied_from_a_uniform_head_is_uniform():
    copying = copied("there", "p")
    assert {"p", "there"} <= uniform_names(pointing(copying))
    assert not {"p", "there"} & uniform_names(pointing(copying, mask=[0]))


def test_one_variable_that_is_not_uniform_takes_along_all_that_depend_on_it():
    chain = [alta.rule({"q": 1}, "p", 1), alta.rule({"r": 1}, "q", 1), alta.rule({"x": 1}, "r", 1)]
    names = {"q": alta.var(3), "r": alta.var(3)}
    assert uniform_names(pointing(chain[:2], **names)) == {"p", "q", "r", "y", "there"}
    assert uniform_names(pointing(chain, **names)) == {"y"}


def test_variables_that_depend_on_each_other_alone_are_uniform():
    rules = [alta.rule({"q": 1}, "p", 1), alta.rule({"p": 1}, "q", 1)]
    assert {"p", "q"} <= uniform_names(pointing(rules, q=alta.var(3)))


def test_of_a_function_without_rules_only_heads_are_known():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alta.lang.paths.MAX_PATHS", 1)
        heads = {"any": alta.Head(None, None, "x"), "same": alta.qkv("y", "x", "x")}
        program = toy_function(lambda z: z.__setitem__("y", z["x"]), heads=heads)
    assert uniform_names(program) == {"any"}


@pytest.mark.parametrize("program", [pointing(STEP), pointing(copied("there", "p"))])
def test_uniform_names_hold_one_value_in_every_state(program):
    for tokens in product(range(3), repeat=3):
        run = alta.run(program, tokens)
        for table in [run.initial, *(state.after_mlp for state in run.states)]:
            for name in uniform_names(program):
                assert len({local[name] for local in attend(program, table)}) == 1
