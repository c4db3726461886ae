"""What the compiler makes of a program, and what it refuses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.compiler.scales import attention_scale
from alta.compiler.sizes import sizes
from alta.errors import ModelError
from alta.nn.weights import named
from tests.alta.compiler.agreement import check_agreement, check_codes
from tests.alta.lang.toys import TRAP, copied, toy

PARITY = alta.programs.parity_sequential_relative()


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
        terms = {" | ".join(units[unit] for unit in each) for each in sums}
        neurons.append((terms, bias, f"{mlp.lookup_out[index, column]:+g} {names[column]}"))
    return units, neurons


# --- the feed-forward block -----------------------------------------------------------------------


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


def test_a_condition_may_be_the_old_value():
    program = toy([alta.rule({"y": 0}, "y", 2), alta.rule({"y": 2}, "x", 1)], layers=3)
    _, neurons = read(toy([alta.rule({"y": 0}, "y", 2)]))
    assert ({"y=0"}, 0, "-1 y=0") in neurons
    check_codes(program, [[0], [1, 2]])


def test_a_trap_has_no_unit():
    assert read(TRAP) == ([], [])
    kept = toy([alta.rule({"x": 1}, "y", 3), alta.rule({"x": 0, "y": 0}, "y", 1)])
    units, neurons = read(kept)
    assert units == ["x=0 & y=0", "y=0", "y=1", "y=2"]
    assert len(neurons) == 4


def test_head_outputs_are_carried_to_be_taken_away():
    units, neurons = read(toy(heads={"h": alta.v_relative("x", -1)}))
    assert units == ["half of h=0", "half of h=1", "half of h=2"]
    assert neurons == [({f"half of h={v}"}, 0, f"-2 h={v}") for v in range(3)]


def test_a_rule_without_atoms_always_fires():
    check_agreement(toy([alta.rule({}, "y", 2)]), [[0, 1, 2]])


@pytest.mark.parametrize("k", [1, 2, 3, 7])
def test_a_conjunction_is_exact_up_to_a_leak_of_a_quarter(k):
    flags = {f"v{i}": alta.var(2) for i in range(k)}
    program = toy([alta.rule(dict.fromkeys(flags, 1), "y", 2)], variables=flags)
    model = alta.compile(program, sparse=False)
    mlp = model.weights.mlp
    ones = [model.layout.columns[name][1] for name in flags]
    x = np.zeros(model.layout.width)

    def value(leak, missing):
        x[ones] = 1 - leak
        x[ones[:missing]] = leak
        return np.clip(x @ mlp.expand_in + mlp.expand_in_bias, 0, 1)[0]

    for leak in (0, 1 / (8 * k), 1 / (4 * k)):
        assert value(leak, 0) == 1
        assert value(-leak, 0) == 1
        assert value(-leak, 1) == value(leak, 1) == value(leak, k) == 0
    assert value(1 / (2 * k), 0) < 1


def test_one_rule_that_rewrites_a_large_variable_is_no_neuron_for_each_old_value():
    size = 50
    rules = [alta.rule({"x": x, "b": b}, "y", b) for x in range(3) for b in range(size)]
    program = toy(rules, variables={"y": alta.var(size), "b": alta.var(size)})
    found = sizes(alta.compile(program))
    assert found.rules == found.conditions == 3 * size
    # Conditions, snapped coordinates, neurons that add and neurons that take away.
    assert found.hidden == 3 * size + size + size + size
    # Every coordinate, and for each rule every old value but the new one.
    assert found.unshared == (3 + 2 * size) + 3 * size * (size - 1)


def test_sizes_are_those_of_the_model():
    program = alta.programs.parity_sequential_absolute()
    model = alta.compile(program)
    mlp = model.weights.mlp
    assert sizes(model).hidden == mlp.expand_in.shape[1] + mlp.lookup_in.shape[1]
    assert sizes(model).rules == len(program.rules)
    assert sizes(model) == sizes(model.sparse())


# --- weights --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
def test_every_weight_is_a_small_power_of_two_or_zero(dtype):
    program = alta.programs.parity_sequential_absolute(max_length=30)
    model = alta.compile(program, dtype=dtype)
    assert model.dtype == dtype
    for _, array in named(model.weights):
        values = np.unique(np.abs(array.astype(np.float64)))
        # Biases 3/2 - 2k of conjunctions of k coordinates are the exception.
        assert set(values) <= {0, 0.5, 1, 2, 16, 32} | {2 * k - 1.5 for k in range(2, 6)}


@pytest.mark.parametrize(("accumulate", "lowest"), [("float32", 103.98), ("float64", 745.14)])
def test_a_score_gap_makes_the_softmax_exactly_one_hot(accumulate, lowest):
    scale = attention_scale(accumulate)
    assert scale**2 > lowest
    assert scale & (scale - 1) == 0
    with jax.enable_x64(accumulate == "float64"):
        assert float(jnp.exp(jnp.asarray(-float(scale**2), dtype=accumulate))) == 0


def test_compiling_twice_gives_the_same_bits():
    one, two = (named(alta.compile(PARITY).weights) for _ in range(2))
    assert [(name, array.tobytes()) for name, array in one] == [
        (name, array.tobytes()) for name, array in two
    ]


def test_the_position_table_has_a_row_for_each_position_where_a_variable_reads_them():
    absolute = alta.programs.parity_sequential_absolute(max_length=9)
    assert len(alta.compile(absolute).weights.position_embedding) == 9
    assert len(alta.compile(toy(position_range=9)).weights.position_embedding) == 0


# --- arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "dtype",
    [
        pytest.param("float16", id="a name"),
        pytest.param(np.float16, id="a NumPy type"),
        pytest.param(jnp.float16, id="a JAX type"),
        pytest.param(np.dtype("float16"), id="a NumPy dtype"),
    ],
)
def test_a_format_may_be_given_as(dtype):
    assert alta.compile(PARITY, dtype=dtype).dtype == "float16"


@pytest.mark.parametrize("dtype", ["float33", "int32", np.int8, "float8_e4m3fn"], ids=str)
def test_another_format_is_refused_with_the_nearest_ones(dtype):
    with pytest.raises(ModelError, match=r"dtype: no format '.*(did you mean|known names)"):
        alta.compile(PARITY, dtype=dtype)


@pytest.mark.parametrize("max_len", [0, -3, 2.5, "4", True], ids=repr)
def test_a_max_len_that_is_no_positive_int_is_refused(max_len):
    with pytest.raises(ModelError, match="max_len: expected an int of at least 1, got"):
        alta.compile(PARITY, max_len=max_len)


def test_a_program_whose_positions_never_end_is_not_compiled():
    program = toy(variables={"here": alta.position_var(4)})
    assert alta.run(program, [0]).n_layers == 1
    message = "'here' starts with a value read from the position, so position_range must say"
    with pytest.raises(ModelError, match=message):
        alta.compile(program)


def test_programs_without_heads_or_rules_or_both_are_compiled():
    for program in (
        toy(),
        toy(copied("x")),
        toy(heads={"h": alta.v_relative("x", -1)}),
    ):
        model = alta.compile(program)
        assert model.run([2, 1]) == alta.run(program, [2, 1])
