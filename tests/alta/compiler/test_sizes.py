"""Sizes are counted in the model, and compared with those without sharing."""

import alta
from alta.compiler.sizes import sizes
from tests.alta.lang.toys import toy


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
