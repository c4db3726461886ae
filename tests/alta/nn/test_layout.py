"""The layout says where a variable is, and decoding what is there."""

import numpy as np
import pytest

import alta
from alta.errors import ModelError
from alta.lang.values import UNDEFINED
from alta.nn.layout import Layout, decode, values

PARITY = alta.programs.parity_sequential_relative()
COLUMNS = dict(Layout.of(PARITY).columns)


def test_the_layout_puts_variables_and_then_head_outputs_side_by_side():
    layout = alta.compile(PARITY).layout
    assert layout == Layout.of(PARITY)
    assert dict(layout.columns) == {
        "parity": (0, 1),
        "done": (2, 3),
        "parity_left": (4, 5),
        "done_left": (6, 7),
    }
    assert layout.width == 8


@pytest.mark.parametrize(
    ("coordinates", "value"),
    [
        pytest.param([1, 0, 0], 0, id="the first"),
        pytest.param([0, 0, 1], 2, id="the last"),
        pytest.param([0.4, 0.6, 0.4], 1, id="the only one above 1/2"),
        pytest.param([0, 0, 0], -1, id="none"),
        pytest.param([0.5, 0, 0], -1, id="one at 1/2"),
        pytest.param([1, 1, 0], -1, id="two"),
        pytest.param([0.6, 0.6, 0.6], -1, id="all"),
        pytest.param([-1, 2, -1], 1, id="numbers beyond 0 and 1"),
        pytest.param([np.nan, 0, 0], -1, id="NaN"),
        pytest.param([np.nan, 1, 0], 1, id="NaN beside a value"),
    ],
)
def test_a_variable_has_the_value_whose_coordinate_alone_is_above_one_half(coordinates, value):
    stream = np.array([[7, *coordinates]], dtype=np.float32)
    assert np.asarray(decode(((1, 2, 3),), stream)).tolist() == [[value]]


def test_values_are_read_by_kind():
    rows = np.array([[0.4, 0.7], [0.6, 0.7]])
    assert values(alta.var(2), rows) == [1, alta.UNDEFINED]
    assert values(alta.set_var(2, values=[{0}, {0, 1}]), rows) == [
        frozenset({1}),
        frozenset({0, 1}),
    ]
    assert values(alta.numeric_var(values=[0.0, 1.0]), np.array([[-0.0], [0.7]])) == [0.0, 0.7]


BROKEN = {
    "without a name": (7, {**COLUMNS, "parity": None}, "missing or unknown: parity"),
    "too narrow": (8, {**COLUMNS, "parity": (0,)}, "'parity' takes 2 coordinates, got 1"),
    "shared": (8, {**COLUMNS, "parity": (0, 2)}, "every coordinate 0 … 7 to be used exactly once"),
    "too wide": (9, COLUMNS, "every coordinate 0 … 8 to be used exactly once"),
}


@pytest.mark.parametrize(("width", "columns", "message"), BROKEN.values(), ids=BROKEN)
def test_a_layout_is_refused_that_is(width, columns, message):
    Layout(8, COLUMNS).check(PARITY)
    kept = {name: places for name, places in columns.items() if places is not None}
    with pytest.raises(ModelError, match=message):
        Layout(width, kept).check(PARITY)


def test_one_hot_numbers_are_read_off_the_only_coordinate_above_a_half():
    number, held = alta.numeric_var(default=0.1), (-0.1, 0.0, 0.5)
    rows = np.array([[1, 0, 0], [0, 0, 1], [0, 0.6, 0.4], [0, 1, 1], [0, 0, 0]], np.float32)
    assert values(number, rows, held) == [-0.1, 0.5, 0.0, UNDEFINED, UNDEFINED]
    assert values(number, rows[:, :1]) == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_a_number_has_one_coordinate_or_one_for_each_that_the_variable_can_hold():
    program = alta.program_spec_from_rules(
        variables={"n": alta.numeric_var([0, 1], input_init_fn=lambda token: token)},
        heads={},
        rules=[alta.rule({"n": 1}, "n", 1 / 3)],
        output_name="n",
        input_range=2,
        layers=1,
    )
    one_hot = Layout.of(program, {"n"})
    assert one_hot.columns["n"] == (0, 1, 2)
    assert one_hot.numbers(program, "n") == (0.0, 1 / 3, 1.0)
    assert Layout.of(program).numbers(program, "n") == ()
    one_hot.check(program)
    with pytest.raises(ModelError, match="'n' takes 1 coordinates, got 2"):
        Layout(2, {"n": (0, 1)}).check(program)
