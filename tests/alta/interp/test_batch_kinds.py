"""Numerical and set variables, and functions without rules, run in batches as they run alone."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alta
from alta.interp.batch import execute
from alta.interp.batch.codes import Numbers
from alta.interp.batch.means import Means
from alta.interp.step import mean
from tests.alta.lang.toys import toy, toy_function

WORDS = [word for length in range(5) for word in product(range(3), repeat=length)]


def check(program, words=WORDS, max_layers=None):
    """Compares a batch with its single runs, failures included."""
    single, failing = [], []
    for word in words:
        try:
            single.append(alta.run(program, word, max_layers))
        except alta.ExecutionError as error:
            failing.append((word, type(error), str(error)))
    good = [run.tokens for run in single]
    batch = alta.run_batch(program, good, max_layers)
    assert batch == single
    for run, other in zip(batch, single, strict=True):
        assert list(map(type, run.outputs)) == list(map(type, other.outputs))
    for word, kind, message in failing:
        with pytest.raises(kind) as caught:
            alta.run_batch(program, [*good, word], max_layers)
        assert str(caught.value) == message
    return batch, failing


def below(k):
    return frozenset(range(k))


def averaging(head, **options):
    """Writes into y in which bucket a mean over thirds, tenths and ones is."""
    values = (1 / 3, 0.1, 1.0)
    buckets = [0.1, 0.25, 0.4, 1.0]
    rules = [alta.rule({"mean": bucket}, "y", bucket) for bucket in range(4)]
    return toy(
        rules,
        variables={
            "y": alta.var(4),
            "n": alta.numeric_var(buckets, input_init_fn=values.__getitem__),
            "p": alta.position_var(3, lambda position: position % 3),
            "last": alta.var(3, 2),
            "some": alta.set_var(
                3, [below(k) for k in range(1, 4)], input_init_fn=lambda t: below(t + 1)
            ),
            "few": alta.set_var(3, [{0, 2}], default={0, 2}),
        },
        heads={"mean": head},
        **options,
    )


HEADS = {
    "over everything": alta.Head(None, None, "n"),
    "over one value of the key": alta.qkv("last", "x", "n"),
    "over a set of values": alta.qkv("few", "x", "n"),
    "over what the query asks for": alta.qkv("x", "p", "n"),
    "over what the set asks for": alta.qkv("some", "p", "n"),
    "over some distances": alta.Head(None, None, "n", (-2, -1, 0)),
    "over a set at some distances": alta.qkv("some", "x", "n", [-1, 0, 2]),
    "over one value at some distances": alta.qkv("last", "x", "n", [-1, 0, 2]),
    "of the neighbour": alta.v_relative("n", -1),
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_means_run_alike(head):
    batch, failing = check(averaging(head))
    assert len({run.outputs for run in batch}) > 5 or failing


@pytest.mark.parametrize("mask", [None, [-1, 0, 2]], ids=["anywhere", "at some distances"])
@pytest.mark.parametrize("query", ["some", "few"])
@pytest.mark.parametrize("key", ["x", "p"])
def test_a_single_position_that_a_set_asks_for_is_read_alike(query, key, mask):
    program = alta.replace(
        averaging(alta.qkv("last", "x", "n")),
        heads={"one": alta.qkv(query, key, "x", mask)},
        rules=[alta.rule({"one": 2, "x": 2}, "y", 3)],
    )
    batch, failing = check(program)
    assert batch
    assert failing


def test_numbers_that_rules_assign_are_averaged_alike():
    program = toy(
        [alta.rule({"n": 0, "x": 1}, "n", 1e-3), alta.rule({"mean": 1}, "n", -7.5)],
        variables={"n": alta.numeric_var([0.0, 0.5], input_init_fn=lambda t: t / 7)},
        heads={"mean": alta.Head(None, None, "n")},
        output_name="n",
        layers=4,
    )
    batch, _ = check(program, WORDS[1:])
    assert {value for run in batch for value in run.outputs} >= {1e-3, -7.5}


def test_sets_and_numbers_halt_a_batch_alike():
    rules = [alta.rule({"x": 1}, "s", below(2)), alta.rule({"x": 1}, "n", 2.5)]
    variables = {"s": alta.set_var(2, [below(1), below(2)], default={0}), "n": alta.numeric_var()}
    for halt in (alta.halt_spec("s", below(2)), alta.halt_spec("n", 2.5)):
        for output in ("s", "n"):
            batch, _ = check(
                toy(rules, variables=variables, halt=halt, layers=3, output_name=output)
            )
            assert {(run.halted, run.n_layers) for run in batch} >= {(True, 1), (False, 3)}


@pytest.mark.parametrize("values", [None, [0.0, 0.2]], ids=["as they are", "by bucket"])
def test_a_function_without_rules_runs_alike(values):
    def function(z):
        if z["x"] == 1:
            z["y"] = int(10 * z["mean"]) % 3
        elif z["x"] == 2:
            z["n"] = z["n"] / 2

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alta.lang.paths.MAX_PATHS", 1)
        program = toy_function(
            function,
            variables={"n": alta.numeric_var(values, input_init_fn=lambda t: t / 3)},
            heads={
                "mean": alta.Head(None, None, "n"),
                "left": alta.v_relative("x", -1),
            },
            layers=3,
        )
    batch, _ = check(program, WORDS[1:])
    assert len({run.outputs for run in batch}) > 5


def test_a_function_without_rules_fails_alike():
    def function(z):
        z["y"] = z["left"] + z["x"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alta.lang.paths.MAX_PATHS", 1)
        program = toy_function(function, heads={"left": alta.v_relative("x", -1)})
    _, failing = check(program)
    assert {kind for _, kind, _ in failing} == {alta.UndefinedVariableError}


def test_tables_hold_codes_of_numbers_and_sets():
    program = averaging(HEADS["over everything"])
    run = execute(program, np.array([[0, 2]]), 1, keep_steps=True)
    (step,) = run.steps
    local = dict(zip(program.domains, step.attended[0, 1].tolist(), strict=True))
    decoded = {name: run.codes.value(name, code) for name, code in local.items()}
    assert decoded == alta.run(program, [0, 2]).states[0].after_attention[1]
    assert run.codes.value("mean", -1) is alta.UNDEFINED


# --- means ----------------------------------------------------------------------------------------


def means_of(floats, chosen):
    """Returns the means of some of the floats, by the sums of their limbs."""
    number = alta.numeric_var([0.0])
    summands, means = Numbers(number), Numbers(number)
    codes = [[summands.code(floats[place]) for place in places] for places in chosen]
    table = Means(summands, means)
    sums = [np.array([limb[row].sum() for row in codes]) for limb in table.limbs()]
    found = table.codes(np.array([len(row) for row in codes]), sums).tolist()
    return [None if code == -1 else means.floats[code] for code in found]


numbers = st.floats(allow_nan=False, allow_infinity=False).map(lambda value: value + 0.0)


@given(st.lists(numbers, min_size=1, max_size=5), st.data())
def test_sums_of_limbs_give_the_mean_of_the_definition(floats, data):
    places = st.lists(st.integers(0, len(floats) - 1), min_size=1, max_size=9)
    chosen = data.draw(st.lists(places, min_size=1, max_size=4))
    expected = [mean([floats[place] for place in some]) for some in chosen]
    assert means_of(floats, chosen) == expected


def test_a_mean_is_rounded_once():
    floats = [0.1, 0.2, 0.3]
    (found,) = means_of(floats, [[0, 1, 2]])
    assert found == float(sum(map(Fraction, floats)) / 3)
    assert found != sum(floats) / 3


def test_the_mean_of_nothing_is_undefined():
    assert means_of([1.0], [[], [0]]) == [None, 1.0]
