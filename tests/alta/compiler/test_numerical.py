"""Numerical variables: buckets, means, assignments, and the formats that cannot hold them."""

from fractions import Fraction

import numpy as np
import pytest

import alta
from alta.errors import ModelError
from alta.lang.values import UNDEFINED
from tests.alta.compiler.agreement import check_agreement, check_codes
from tests.alta.compiler.test_thresholds import counting, shares
from tests.alta.lang.toys import toy

DTYPES = ["float32", "float64", "bfloat16", "float16"]
SEQUENCES = [[0], [1], [2], [0, 1], [1, 1], [2, 0, 1], [1, 2, 1, 0, 0]]


def buckets(points, firsts, size=None):
    """A program that writes into y the bucket of a number that starts at firsts[token]."""
    points = list(points)
    size = len(set(points)) if size is None else size
    return toy(
        [alta.rule([("n", point)], "y", index) for index, point in enumerate(range(size))],
        variables={
            "n": alta.numeric_var(points, input_init_fn=lambda token: firsts[token]),
            "x": alta.input_var(len(firsts)),
            "y": alta.var(size),
        },
        input_range=len(firsts),
        vocab=[str(index) for index in range(len(firsts))],
    )


BETWEEN = [0.5, 1.5, float(np.nextafter(0.5, 1)), float(np.nextafter(1.5, 0))]
BUCKETS = {
    "integers": ([0, 1, 2], [0, 1, 2, -5, 7.25]),
    "numbers on the edges": ([0, 1, 2], [0.5, 1.5, 0.5 + 2**-20, 1.5 - 2**-20]),
    "negative numbers": ([-9, -3.5, -1.25, 0], [-9, -6.25, -6.2, -2.5, -2.4, -0.625, -0.5]),
    "fractions that no format holds": ([0.1, 0.2, 0.3], [0.1, 0.2, 0.3, 0.12, 0.26]),
    "a single bucket": ([3], [-1, 3, 8.5]),
    "one first number": ([0, 1], [1]),
    "no number in some buckets": ([0, 10, 20, 30], [3, 28]),
    "large numbers": ([0, 500, 1000], [249, 250, 251, 750, 752, 1000]),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("points", "firsts"), BUCKETS.values(), ids=BUCKETS)
def test_a_number_is_in_the_same_bucket_on_both_sides(points, firsts, dtype):
    program = buckets(points, firsts)
    words = [[token] for token in range(len(firsts))]
    expected = alta.run_batch(program, words)
    assert alta.compile(program, dtype=dtype).run_batch(words) == expected


def test_neighbours_of_an_edge_that_the_format_does_not_have_are_refused():
    program = buckets([0, 1, 2], BETWEEN)
    with pytest.raises(ModelError, match=r"'n', edge 0.5 between two of its values: 0.5 and 0.5"):
        alta.compile(program)
    words = [[token] for token in range(4)]
    check_codes(program, words, dtype="float64")
    model = alta.compile(program, dtype="float64")
    assert model.run_batch(words) == alta.run_batch(program, words)


@pytest.mark.parametrize("longest", [9, 40])
def test_a_share_of_one_in_k_is_told_from_one_in_k_plus_1(longest):
    program = counting(shares(longest), position_range=longest)
    words = [[1, *[0] * (k - 1)] for k in range(1, longest + 1)]
    model = alta.compile(program)
    assert model.run_batch(words) == alta.run_batch(program, words)
    assert [run.outputs[0] for run in model.run_batch(words)] == [
        longest - k for k in range(1, longest + 1)
    ]


@pytest.mark.parametrize(("dtype", "longest"), [("bfloat16", 39), ("float16", 30), ("float64", 30)])
def test_so_are_shares_in_other_formats(dtype, longest):
    program = counting(shares(longest), position_range=longest)
    words = [[0, 1, *[0] * (k - 2)] for k in range(2, longest + 1)]
    assert alta.compile(program, dtype=dtype).run_batch(words) == alta.run_batch(program, words)


def test_a_head_that_nobody_tests_needs_no_bound():
    program = toy(
        variables={"n": alta.numeric_var(input_init_fn=float)},
        heads={"mean": alta.qkv("y", "y", "n")},
    )
    check_codes(program, SEQUENCES)


def test_a_mean_at_an_edge_is_in_the_lower_bucket():
    program = counting([0, 1], position_range=8)
    words = [[1, 0], [0, 1, 1, 0], [0, 1, 1], [1, 0, 0, 0, 1, 1, 0, 1]]
    model = check_agreement(program, words)
    assert [run.outputs[0] for run in model.run_batch(words)] == [0, 0, 1, 0]


# --- assignments ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "dtype"),
    [([-3, 0.5, 7], "float32"), *(([0.1, 0.2, 0.3], dtype) for dtype in DTYPES)],
    ids=str,
)
def test_an_assigned_number_is_exactly_that_number_after_any_number_of_layers(values, dtype):
    program = toy(
        [
            *(alta.rule([("n", i)], "n", values[(i + 1) % 3]) for i in range(3)),
            *(alta.rule([("n", i)], "y", i) for i in range(3)),
        ],
        variables={"n": alta.numeric_var(values, default=values[0])},
        layers=50,
    )
    check_codes(program, [[0], [1, 2]], dtype=dtype)


def test_a_number_is_written_under_a_test_of_another_number():
    program = toy(
        [
            alta.rule([("n", 1), ("x", 1)], "m", -2.5),
            alta.rule([("n", 0), ("x", 1)], "m", 0),
            alta.rule([("n", 1), ("m", 0)], "y", 2),
            alta.rule([("n", 1), ("x", 2)], "s", frozenset({0, 2})),
            alta.rule([("n", 1), ("x", 1)], "s", frozenset()),
        ],
        variables={
            "n": alta.numeric_var([0, 1], input_init_fn=lambda token: token / 2),
            "m": alta.numeric_var([0, 4], default=4),
            "s": alta.set_var(3, [set(), {1}, {0, 2}], default={1}),
        },
        layers=3,
        inputs=alta.inputs.regex("0|1|2"),
    )
    check_codes(program, [[0], [1], [2]])


def test_output_and_halt_may_be_numbers():
    program = toy(
        [alta.rule([("n", i)], "n", i + 1) for i in range(3)],
        variables={"n": alta.numeric_var([0, 1, 2, 3], input_init_fn=float)},
        output_name="n",
        halt=alta.halt_spec("n", 3),
        layers=None,
    )
    model = check_agreement(program, SEQUENCES[:3], 6)
    assert [run.n_layers for run in model.run_batch([[0], [1], [2]])] == [3, 2, 1]
    assert model.run([0]).outputs == (3.0,)
    assert type(model.run([0]).outputs[0]) is float


# --- reading --------------------------------------------------------------------------------------


def test_what_a_numerical_head_reads_leaves_nothing_behind():
    program = toy(
        variables={"n": alta.numeric_var(input_init_fn=lambda token: [0.1, -7.3, 2.6][token])},
        heads={
            "mean": alta.qkv("x", "y", "n"),
            "left": alta.v_relative("n", -1),
            "near": alta.qkv("y", "y", "n", relative_position_mask=[-2, -1]),
        },
        layers=3,
    )
    for dtype in ("float32", "float64", "bfloat16"):
        check_codes(program, SEQUENCES, dtype=dtype)


def test_a_row_that_selects_nothing_is_undefined_and_one_that_selects_several_is_their_mean():
    program = toy(
        [alta.rule([("x", 0), ("mean", i)], "y", i) for i in range(3)],
        variables={"n": alta.numeric_var(None, input_init_fn=float), "k": alta.input_var(3)},
        heads={"mean": alta.qkv("x", "k", "n", [-2, -1], alta.numeric_var([0, 1, 2]))},
        inputs=alta.inputs.regex("(1|2) 1 1"),
        position_range=3,
    )
    run = alta.run(program, [2, 1, 1])
    assert run.states[0].after_attention[0]["mean"] is UNDEFINED
    assert run.states[0].after_attention[2]["mean"] == 1
    check_agreement(program, [[2, 1, 1], [1, 1, 1]])
    check_codes(program, [[2, 1, 1], [1, 1, 1]])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_means_of_many_numbers_are_in_the_right_bucket(dtype):
    points = [Fraction(k, 7) for k in range(22)]
    program = alta.program_spec(
        variables={
            "n": alta.numeric_var(input_init_fn=float),
            "all": alta.var(1),
            "y": alta.var(len(points)),
        },
        heads={
            "mean": alta.qkv("all", "all", "n", None, alta.numeric_var([float(p) for p in points]))
        },
        ffn_fn=lambda z: z.__setitem__("y", round(z["mean"] * 7)),
        output_name="y",
        input_range=4,
        layers=1,
        position_range=30,
    )
    rng = np.random.default_rng(0)
    words = [rng.integers(0, 4, rng.integers(1, 31)).tolist() for _ in range(60)]
    model = alta.compile(program, dtype=dtype)
    assert model.run_batch(words) == alta.run_batch(program, words)
