"""What a rule tests is coordinates and buckets, and what it adds is cells."""

from fractions import Fraction

import alta
from alta.compiler.conditions import Reset, live_rules, resets_of, writes_of
from tests.alta.compiler.test_thresholds import edges_of
from tests.alta.lang.toys import TRAP, toy

NUMBER = alta.numeric_var([0, 1, 2, 9], input_init_fn=float)


def writes(program, name):
    return writes_of(name, edges_of(program))


def test_atoms_on_categories_and_sets_make_one_conjunction():
    subsets = alta.set_var(2, values=[{0}, {0, 1}], default={0})
    program = toy([alta.rule([("x", 1), ("s", 0)], "y", 2)], variables={"s": subsets})
    [condition] = writes(program, "y").conditions
    # x = 1 is coordinate 1; of the set, 0 is a member and 1 is none.
    assert condition.tests == (((1, True), (6, True), (7, False)),)
    assert [(cell.column, cell.weight) for cell in condition.added] == [(5, 1)]


def test_an_atom_on_a_number_is_a_bucket_beside_the_conjunction():
    rules = [alta.rule([("n", 0), ("x", 1)], "y", 2), alta.rule({"n": 1}, "x", 0)]
    program = toy(rules, variables={"n": NUMBER})
    [joined] = writes(program, "y").conditions
    assert (len(joined.tests), joined.tests[0]) == (2, ((1, True),))
    [alone] = writes(program, "x").conditions
    [bucket] = alone.tests
    assert bucket.lower == joined.tests[1].upper


def test_a_bucket_in_which_no_number_can_be_never_fires():
    program = toy([alta.rule([("n", 3), ("x", 1)], "y", 2)], variables={"n": NUMBER})
    [condition] = writes(program, "y").conditions
    assert (condition.read, condition.tests) != ((), ())
    assert condition.tests == ()


def test_a_bucket_in_which_every_number_is_tests_nothing():
    program = toy(
        [alta.rule([("n", 0), ("x", 1)], "y", 2), alta.rule({"n": 0}, "x", 1)],
        variables={"n": alta.numeric_var([0, 9], input_init_fn=float)},
    )
    assert writes(program, "y").conditions[0].tests == (((1, True),),)
    assert writes(program, "x").conditions[0].tests == ((),)


def test_the_cells_of_a_number_are_its_codes_but_0():
    program = toy([alta.rule({"x": 1}, "n", 7.0)], variables={"n": NUMBER})
    written = writes(program, "n")
    assert [cell.weight for cell in written.cells] == [1, 2, 7]
    assert [cell.weight for cell in written.conditions[0].added] == [7]


def test_a_variable_that_no_rule_writes_has_no_cells_and_a_trap_writes_nothing():
    assert writes(TRAP, "y") == writes(TRAP, "x")
    assert writes(TRAP, "y").cells == ()
    assert live_rules(TRAP, "y") == []


def test_head_outputs_are_carried_at_twice_their_size():
    program = toy(heads={"left": alta.v_relative("x", -1)})
    edges = edges_of(program)
    expected = [Reset(column, 1, Fraction(2)) for column in edges.layout.columns["left"]]
    assert resets_of("left", edges) == expected


def test_a_head_that_reads_numbers_of_both_signs_is_carried_twice():
    number = alta.numeric_var(input_init_fn=lambda token: token - 1)
    program = toy(variables={"n": number}, heads={"mean": alta.qkv("y", "y", "n", [-1, 0])})
    resets = resets_of("mean", edges_of(program))
    assert [(reset.sign, int(reset.scale)) for reset in resets] == [(1, 2), (-1, 2)]
