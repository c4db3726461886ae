"""A system has what never changes of a position, and what it can have; others are refused."""

from __future__ import annotations

import pytest

import alta
from alta.errors import AltaError
from alta.lang.program import halt_spec
from alta.lang.rules import rule
from alta_verify.abstraction import Abstraction
from alta_verify.reach.windows.system import System, as_json, check_heads, language_of, limited_fold
from tests.alta_verify.reach.windows.systems import PARITY, parity_system, program_of


def test_the_values_of_names_are_those_that_some_run_may_have():
    system = parity_system()
    assert system.ranges == {
        "token": (0, 1, 2),
        **dict.fromkeys(("state", "spec", "first", "last", "parity", "done"), (0, 1)),
    }
    assert system.radius == (1, 0)
    assert system.values["done_left"] == {0, 1, -1}
    # 2 is no first value of inputs without a c, and no rule that may fire assigns it.
    program = program_of([rule({"x": 2}, "x", 2), rule({"left": 2}, "x", 0)], layers=1)
    assert System(Abstraction.of(program), None).values["x"] == {0, 1}


def test_a_variable_may_have_the_name_of_a_ghost():
    program = program_of([], layers=1, token=alta.var(2), token_=alta.var(2))
    assert System(Abstraction.of(program), None).ghosts["token"] == "token__"


def test_few_layers_are_counted_and_many_are_not():
    counted = [System(Abstraction.of(program_of([], layers=n)), None).layers for n in (3, 64, 65)]
    assert counted == [3, 64, None]
    assert System(Abstraction.of(program_of([], layers=65)), None).bound == 65
    assert System(Abstraction.of(program_of([], layers=3)), 2).layers == 2
    assert System(Abstraction.of(PARITY), None).bound is None


def test_the_halt_is_by_index():
    program = program_of([], halt=halt_spec("x", 2))
    assert System(Abstraction.of(program), None).halt == ("x", 2)


def test_ways_to_fail_are_named_by_their_kinds():
    rules = [rule({"x": 0}, "x", 1), rule({"left": 0}, "x", 1), rule({"x": 1}, "x", 7)]
    names = {h.name for h in System(Abstraction.of(program_of(rules, layers=1)), None).failures}
    assert names == {"conflict", "range", "undefined"}


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (alta.qkv("x", "x", "x"), "head 'far' selects by key 'x' of all positions"),
        (alta.qkv(None, None, "x", alta.causal()), "head 'far' selects by all keys"),
    ],
)
def test_a_head_that_sees_far_is_refused_by_its_name(head, why):
    program = alta.program_spec_from_rules(
        variables={"x": alta.input_var(2)},
        heads={"far": head},
        rules=[],
        output_name="x",
        input_range=2,
        layers=1,
    )
    with pytest.raises(AltaError, match=why):
        check_heads(program)
    check_heads(PARITY)


def test_a_fold_with_too_many_states_is_refused():
    with pytest.raises(AltaError, match="'f', every length: the fold has more than 1024 states"):
        limited_fold(language_of(PARITY), 0, lambda state, *_: state + 1, "'f'")


def test_values_are_shown_as_the_program_has_them():
    system = parity_system()
    assert [system.shown("token", 2), system.shown("spec", 1), system.shown("done", 1)] == [
        *("START", 1, 1)
    ]
    assert [as_json(frozenset({2, 1})), as_json((1, 2)), as_json(1.5)] == [[1, 2], "(1, 2)", 1.5]
