"""Values are normalised, however they are spelt."""

import copy
import itertools
import pickle

import numpy as np
import pytest

import alta
from alta.errors import ProgramError
from alta.lang.program import program_text
from alta.lang.values import UNDEFINED
from tests.alta.lang.toys import SUBSETS, named, toy

SPELLINGS = {
    "bool": bool,
    "NumPy bool": np.bool_,
    "NumPy int8": np.int8,
    "NumPy uint64": np.uint64,
}


spelt = pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)


def flags(spell):
    """Builds a program with every value spelt in one way."""

    def function(z):
        z["seen"] = spell(z["odd"] == 1)

    return alta.program_spec(
        variables={
            "odd": alta.input_var(2, init_fn=lambda token: spell(token % 2)),
            "first": alta.position_var(2, init_fn=lambda position: spell(position == 0)),
            "seen": alta.var(2, default=spell(0)),
        },
        heads={"same": alta.v_relative("odd", spell(0))},
        ffn_fn=function,
        output_name="seen",
        input_range=4,
        position_range=3,
        halt=alta.halt_spec("seen", spell(1)),
    )


@spelt
def test_bools_and_numpy_integers_become_ints(spell):
    program = flags(spell)
    assert program == flags(int)
    written = [value for rule in program.rules for value in (rule.value, *rule.atoms)]
    tables = [variable.initial.table for variable in program.variables.values()]
    values = [getattr(value, "value", value) for value in itertools.chain(written, *tables)]
    assert values
    assert {type(value) for value in values} == {int}
    assert program.halt is not None
    assert type(program.halt.value) is int
    assert program.heads["same"].mask.listed == (0,)


@spelt
def test_rules_and_builders_normalise_values_too(spell):
    builder = alta.MLPBuilder({"x": alta.var(2), "y": alta.var(2)}, {})
    for x in builder.get("x"):
        builder.set("y", spell(x))
    by_hand = alta.Rule((alta.Atom("x", spell(1)),), "y", spell(1))
    for rules in ([alta.rule({"x": spell(1)}, "y", spell(1))], builder.rules, [by_hand]):
        program = toy(rules, variables={"x": alta.var(2), "y": alta.var(2)})
        last = program.rules[-1]
        assert last == alta.Rule((alta.Atom("x", 1),), "y", 1)
        assert {type(last.value), type(last.atoms[0].value)} == {int}


def test_ranges_are_normalised():
    program = toy(variables={"v": alta.var(np.int16(4))}, input_range=np.uint8(3))
    assert type(program.variables["v"].range) is int
    assert type(program.input_range) is int


def test_undefined_is_one_value_that_survives_copying():
    assert copy.deepcopy(UNDEFINED) is UNDEFINED
    assert pickle.loads(pickle.dumps(UNDEFINED)) is UNDEFINED
    assert repr(UNDEFINED) == "UNDEFINED"


def test_half_of_a_surrogate_pair_is_no_name():
    for name in ("\ud800", "a\udfff"):
        for build in (
            lambda: named(name, "h"),  # noqa: B023 - called at once
            lambda: named("v", name),  # noqa: B023
            lambda: named("v", "h", name),  # noqa: B023
        ):
            with pytest.raises(ProgramError, match="half of a surrogate pair"):
                build()


@pytest.mark.parametrize("spell", [int, float, np.int8, np.float32, np.bool_, bool])
def test_numbers_become_floats(spell):
    program = toy(variables={"n": alta.numeric_var(input_init_fn=lambda token: spell(token > 1))})
    assert program.variables["n"].initial.table == (0.0, 0.0, 1.0)
    assert all(type(value) is float for value in program.variables["n"].initial.table)


def test_zero_has_no_sign():
    program = toy(
        [alta.rule({}, "n", -0.0)], variables={"n": alta.numeric_var([0, -0.0], default=-0.0)}
    )
    assert "-0.0" not in program_text(program)


@pytest.mark.parametrize("spell", [set, frozenset, lambda members: {np.int64(m) for m in members}])
def test_sets_become_frozensets_of_ints(spell):
    variables = {"s": alta.set_var(3, SUBSETS, input_init_fn=lambda _: spell([1, 2]))}
    table = toy(variables=variables).variables["s"].initial.table
    assert table == (frozenset({1, 2}),) * 3
    assert all(type(member) is int for value in table for member in value)
