"""The units of the first layer are exactly 0 or 1, shared, and numbered as they are read."""

from fractions import Fraction

import numpy as np
import pytest

import alta
from alta.compiler.conditions import Bucket, Cell, Condition, Reset, Writes
from alta.compiler.first_layer import Form, conjunction, first_layer
from alta.compiler.thresholds import Step
from tests.alta.lang.toys import toy

LOW, HIGH = Step(2, Fraction(4), Fraction(-1)), Step(2, Fraction(4), Fraction(-9))
PAIR = ((0, True), (1, False))


@pytest.mark.parametrize("k", [1, 2, 3, 7])
def test_a_conjunction_is_exact_up_to_a_leak_of_a_quarter(k):
    flags = {f"v{i}": alta.var(2) for i in range(k)}
    program = toy([alta.rule(dict.fromkeys(flags, 1), "y", 2)], variables=flags)
    model = alta.compile(program, sparse=False)
    mlp = model.weights.mlp
    units = [model.layout.columns[name][1] for name in flags]
    x = np.zeros(model.layout.width)

    def value(leak, missing):
        x[units] = 1 - leak
        x[units[:missing]] = leak
        return np.clip(x @ mlp.expand_in + mlp.expand_in_bias, 0, 1)[0]

    for leak in (0, 1 / (8 * k), 1 / (4 * k)):
        assert value(leak, 0) == 1
        assert value(-leak, 0) == 1
        assert value(-leak, 1) == value(leak, 1) == value(leak, k) == 0
    assert value(1 / (2 * k), 0) < 1


def layer_of(*tests, resets=()):
    return first_layer([Writes((Condition(tests, tests, ()),), ())], resets, 3)


def test_equal_tests_share_a_unit_and_units_are_numbered_as_they_are_read():
    layer = layer_of(Bucket(LOW, HIGH), PAIR, Bucket(True, LOW), PAIR)
    assert layer.weights.dense().T.tolist() == [[0, 0, 4], [0, 0, 4], [2, -2, 0]]
    assert layer.bias.tolist() == [-1, -9, -0.5]
    assert layer.form(PAIR) == Form(((2, 1),))


def test_a_bucket_is_above_its_lower_edge_and_not_above_its_upper_one():
    layer = layer_of(Bucket(LOW, HIGH))
    assert layer.form(Bucket(LOW, HIGH)) == Form(((0, 1), (1, -1)))
    assert layer.form(Bucket(True, HIGH)) == Form(((1, -1),), constant=1)
    assert layer.form(Bucket(LOW, False)) == Form(((0, 1),))


def test_cells_and_resets_have_units_too():
    cell, reset = Cell(0, 1.0, ((0, True),)), Reset(1, -1, Fraction(2))
    layer = first_layer([Writes((), (cell,))], [reset], 3)
    assert layer.weights.dense().T.tolist() == [[2, 0, 0], [0, -0.5, 0]]
    assert layer.form(reset) == Form(((1, 1),))


def test_a_sum_of_forms_leaves_out_what_cancels():
    forms = [Form(((0, 1), (1, -1))), Form(((1, 1), (2, 1)), constant=1)]
    assert Form.total(forms) == Form(((0, 1), (2, 1)), constant=1)


def test_a_conjunction_of_nothing_is_1():
    assert conjunction(()) == ({}, 1.5)
