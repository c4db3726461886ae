"""A write takes the old value away and adds the new one, by as few neurons as that takes."""

import numpy as np

import alta
from alta.compiler.lookup import sizes
from tests.alta.compiler.agreement import check_agreement, check_codes
from tests.alta.lang.toys import TRAP, toy


def read(program):
    """Lists what the units of the first layer and the neurons of the second test and change."""
    model = alta.compile(program, sparse=False)
    mlp = model.weights.mlp
    names = {
        column: f"{name}={value}"
        for name, columns in model.layout.columns.items()
        for value, column in enumerate(columns)
    }
    units = []
    for weights in mlp.expand_in.T:
        half = 0.5 in weights
        units.append("half of " * half + " & ".join(names[c] for c in np.flatnonzero(weights)))
    neurons = []
    for index, bias in enumerate(mlp.lookup_in_bias):
        sums = [
            np.flatnonzero(mlp.expand_out[:, f]) for f in np.flatnonzero(mlp.lookup_in[:, index])
        ]
        (column,) = np.flatnonzero(mlp.lookup_out[index])
        terms = {" | ".join(units[unit] for unit in summed) for summed in sums}
        neurons.append((terms, bias, f"{mlp.lookup_out[index, column]:+g} {names[column]}"))
    return units, neurons


def test_a_rule_takes_the_old_value_away_and_adds_the_new_one():
    units, neurons = read(toy([alta.rule({"x": 1, "y": 0}, "y", 2)]))
    assert units == ["x=1 & y=0", "y=0", "y=1", "y=2"]
    assert neurons == [
        ({"x=1 & y=0"}, 0, "+1 y=2"),
        ({"x=1 & y=0", "y=0"}, -1, "-1 y=0"),
        ({"x=1 & y=0", "y=1"}, -1, "-1 y=1"),
        ({"x=1 & y=0", "y=2"}, -1, "-1 y=2"),
    ]


def test_rules_that_write_one_variable_share_the_neurons_that_take_old_values_away():
    rules = [alta.rule({"x": 1}, "y", 2), alta.rule({"x": 0}, "y", 1), alta.rule({"x": 2}, "y", 1)]
    _, neurons = read(toy(rules))
    assert neurons == [
        ({"x=0 | x=2"}, 0, "+1 y=1"),
        ({"x=1"}, 0, "+1 y=2"),
        ({"x=0 | x=1 | x=2", "y=0"}, -1, "-1 y=0"),
        ({"x=0 | x=1 | x=2", "y=1"}, -1, "-1 y=1"),
        ({"x=0 | x=1 | x=2", "y=2"}, -1, "-1 y=2"),
    ]


def test_a_condition_may_be_the_old_value():
    program = toy([alta.rule({"y": 0}, "y", 2), alta.rule({"y": 2}, "x", 1)], layers=3)
    _, neurons = read(toy([alta.rule({"y": 0}, "y", 2)]))
    assert ({"y=0"}, 0, "-1 y=0") in neurons
    check_codes(program, [[0], [1, 2]])


def test_a_rule_without_atoms_always_fires():
    check_agreement(toy([alta.rule({}, "y", 2)]), [[0, 1, 2]])


def test_head_outputs_are_carried_to_be_taken_away():
    units, neurons = read(toy(heads={"h": alta.v_relative("x", -1)}))
    assert units == ["half of h=0", "half of h=1", "half of h=2"]
    assert neurons == [({f"half of h={v}"}, 0, f"-2 h={v}") for v in range(3)]


def test_a_trap_has_no_unit():
    assert read(TRAP) == ([], [])
    kept = toy([alta.rule({"x": 1}, "y", 3), alta.rule({"x": 0, "y": 0}, "y", 1)])
    units, neurons = read(kept)
    assert units == ["x=0 & y=0", "y=0", "y=1", "y=2"]
    assert len(neurons) == 4


def test_rules_with_one_condition_share_a_unit():
    rules = [alta.rule({"x": 1, "y": 0}, "y", 2), alta.rule({"x": 1, "y": 0}, "x", 0)]
    units, neurons = read(toy(rules))
    assert units == ["x=1 & y=0", "x=0", "x=1", "x=2", "y=0", "y=1", "y=2"]
    assert [change for terms, _, change in neurons if terms == {"x=1 & y=0"}] == [
        "+1 x=0",
        "+1 y=2",
    ]


def test_a_condition_of_one_atom_is_the_unit_that_snaps_its_coordinate():
    units, _ = read(toy([alta.rule({"y": 1}, "y", 2)]))
    assert sorted(units) == ["y=0", "y=1", "y=2"]


def test_a_condition_that_joins_tests_of_numbers_has_neurons_of_its_own():
    above = alta.numeric_var([0, 1, 2], input_init_fn=float)
    program = toy([alta.rule([("n", 1), ("x", 1)], "y", 2)], variables={"n": above})
    model = alta.compile(program, sparse=False)
    # One neuron adds the new value, and one for each value removes it.
    assert model.weights.mlp.lookup_in_bias.tolist() == [-1, -2, -2, -2]
    check_codes(program, [[0, 1, 2]])


def test_one_rule_that_rewrites_a_large_variable_is_no_neuron_for_each_old_value():
    size = 50
    rules = [alta.rule({"x": x, "b": b}, "y", b) for x in range(3) for b in range(size)]
    program = toy(rules, variables={"y": alta.var(size), "b": alta.var(size)})
    counted = sizes(alta.compile(program))
    assert counted.rules == counted.conditions == 3 * size
    # Conditions, snapped coordinates, neurons that add and neurons that take away.
    assert counted.hidden == 3 * size + size + size + size
    # Every coordinate, and for each rule every old value but the new one.
    assert counted.unshared == (3 + 2 * size) + 3 * size * (size - 1)


def test_sizes_are_those_of_the_model():
    program = alta.programs.parity_sequential_absolute()
    model = alta.compile(program)
    mlp = model.weights.mlp
    assert sizes(model).hidden == mlp.expand_in.shape[1] + mlp.lookup_in.shape[1]
    assert sizes(model).rules == len(program.rules)
    assert sizes(model) == sizes(model.sparse())
