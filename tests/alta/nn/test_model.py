"""Models: batches, halting, and the same model around other weights."""

import random
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.errors import ModelError, ProgramError, TokenError
from alta.nn.weights import named
from alta_verify import verify
from tests.alta.lang.toys import counter, toy

PROGRAM = alta.programs.parity_sequential_relative()
MODEL = alta.compile(PROGRAM)
RNG = random.Random(1)
WORDS = [[2, *RNG.choices([0, 1], k=n)] for n in (0, 5, 1, 14, 5, 2, 9, 3)]


def changed(weights, name, change):
    """Returns the weights with one array changed."""
    names = [each for each, _ in named(weights)]
    assert name in names
    arrays = {each: change(array) if each == name else array for each, array in named(weights)}
    heads = {
        head: replace(
            old,
            **{
                part: arrays[f"heads.{head}.{part}"] for part in ("query", "key", "value", "output")
            },
        )
        for head, old in weights.heads.items()
    }
    mlp = replace(weights.mlp, **{each[4:]: arrays[each] for each in names if each[:4] == "mlp."})
    return replace(
        weights,
        token_embedding=arrays["token_embedding"],
        position_embedding=arrays["position_embedding"],
        heads=heads,
        mlp=mlp,
    )


# --- runs -----------------------------------------------------------------------------------------


def test_a_batch_of_unequal_lengths_is_its_single_runs():
    batch = MODEL.run_batch(WORDS)
    single = [MODEL.run(word) for word in WORDS]
    assert batch == single == [alta.run(PROGRAM, word) for word in WORDS]


def test_each_sequence_of_a_batch_stops_at_its_own_halt():
    runs = MODEL.run_batch(WORDS)
    assert [run.n_layers for run in runs] == [len(word) - 1 for word in WORDS]
    assert all(run.halted for run in runs)


def test_each_sequence_of_a_batch_has_its_own_bound():
    program = counter(7, layers=lambda n: 2 * n)
    runs = alta.compile(program).run_batch([[0] * n for n in (3, 0, 1, 2)])
    assert [run.n_layers for run in runs] == [6, 0, 2, 4]
    assert [run.outputs for run in runs] == [(6, 6, 6), (), (2,), (4, 4)]


def test_max_layers_counts_in_every_sequence():
    runs = MODEL.run_batch(WORDS, max_layers=4)
    assert [run.n_layers for run in runs] == [min(4, len(word) - 1) for word in WORDS]
    assert runs == alta.run_batch(PROGRAM, WORDS, max_layers=4)


def test_max_layers_0_runs_no_layer():
    run = MODEL.run([2, 1, 1], max_layers=0)
    assert (run.n_layers, run.halted, run.outputs, run.states) == (0, False, (0, 1, 1), ())


def test_max_layers_may_be_larger_than_any_counter():
    assert MODEL.run([2, 1], max_layers=10**12) == alta.run(PROGRAM, [2, 1])


def test_the_empty_sequence_runs_and_returns_nothing():
    run = MODEL.run([])
    assert (run.outputs, run.n_layers, run.halted) == ((), 0, True)
    assert MODEL.run_batch([[], [2], []]) == alta.run_batch(PROGRAM, [[], [2], []])


def test_a_batch_of_nothing_is_nothing():
    assert MODEL.run_batch([]) == []


def test_a_run_of_a_model_prints_like_a_run_of_the_interpreter():
    assert str(MODEL.run("START 1 1")) == str(alta.run(PROGRAM, "START 1 1"))


def test_a_model_takes_the_tokens_that_the_interpreter_takes():
    assert MODEL.run("START 1").tokens == MODEL.run(np.array([2, 1])).tokens == (2, 1)
    with pytest.raises(TokenError, match="token 'STAR' at position 0"):
        MODEL.run("STAR 1")


def test_a_model_refuses_the_layers_that_the_interpreter_refuses():
    with pytest.raises(ProgramError, match="max_layers: expected at least 0, got -1"):
        MODEL.run([2], max_layers=-1)
    endless = alta.compile(counter(3))
    with pytest.raises(ProgramError, match="neither a halt spec nor a layer bound"):
        endless.run([0])


def test_residual_streams_go_on_past_the_halt_when_asked():
    assert len(MODEL.residual_streams([2], 3)) == 7
    assert MODEL.residual_streams([2], 0)[0].shape == (1, MODEL.layout.width)


# --- other weights --------------------------------------------------------------------------------


def test_a_model_around_other_weights_runs_them_and_leaves_the_first_alone():
    swapped = changed(MODEL.weights, "token_embedding", lambda table: table[[1, 0, 2]])
    other = MODEL.with_weights(swapped)
    assert other.run([2, 0, 0]).outputs == (0, 1, 0)
    assert MODEL.run([2, 0, 0]).outputs == (0, 0, 0)
    assert other.program == MODEL.program
    assert other.layout == MODEL.layout


def test_jax_arrays_are_taken_and_kept_as_numpy_arrays():
    other = MODEL.with_weights(jax.tree.map(jnp.asarray, MODEL.weights))
    assert {type(leaf) for leaf in jax.tree.leaves(other.weights)} == {np.ndarray}
    assert other.run([2, 1, 1]) == MODEL.run([2, 1, 1])


def test_a_model_keeps_copies_of_its_weights():
    mine = jax.tree.map(np.array, MODEL.weights)
    other = MODEL.with_weights(mine)
    mine.token_embedding[:] = np.nan
    assert other.run([2, 1, 1]) == MODEL.run([2, 1, 1])
    assert np.isfinite(other.weights.token_embedding).all()


def test_weights_may_be_of_another_format():
    halves = jax.tree.map(lambda array: array.astype(np.float16), MODEL.weights)
    other = MODEL.with_weights(halves)
    assert other.dtype == "float16"
    assert other.run([2, 1, 1]) == MODEL.run([2, 1, 1])


def test_hidden_dimensions_may_differ():
    mlp = MODEL.weights.mlp
    wider = replace(
        mlp,
        lookup_in=np.pad(mlp.lookup_in, ((0, 0), (0, 3))),
        lookup_in_bias=np.pad(mlp.lookup_in_bias, (0, 3)),
        lookup_out=np.pad(mlp.lookup_out, ((0, 3), (0, 0))),
    )
    other = MODEL.with_weights(replace(MODEL.weights, mlp=wider))
    assert other.run([2, 1, 1]) == MODEL.run([2, 1, 1])


def of(name, change):
    return lambda: changed(MODEL.weights, name, change)


REFUSED = {
    "of another structure": (
        lambda: jax.tree.leaves(MODEL.weights),
        "weights: expected the tree structure",
    ),
    "without a head": (
        lambda: replace(MODEL.weights, heads={"done_left": MODEL.weights.heads["done_left"]}),
        "weights: expected the tree structure",
    ),
    "None": (lambda: None, "weights: expected the tree structure"),
    "of ints": (
        lambda: jax.tree.map(lambda array: array.astype(int), MODEL.weights),
        "weights: expected one of float64, float32, bfloat16, float16, got int64",
    ),
    "of two formats": (
        of("mlp.lookup_in", lambda array: array.astype(np.float16)),
        "weights: mlp.lookup_in is float16, the arrays before it are float32",
    ),
    "with one axis too many": (
        of("mlp.expand_in_bias", lambda array: array[None]),
        "weights: mlp.expand_in_bias: expected 1 axes, got shape (1, 12)",
    ),
    "with a number for an array": (
        of("mlp.expand_in_bias", lambda array: 0.5),
        "weights: mlp.expand_in_bias: expected 1 axes, got shape ()",
    ),
    "whose hidden dimensions differ": (
        of("mlp.lookup_out", lambda array: array[:-1]),
        "weights: mlp.lookup_out has shape (10, 8), but mlp.lookup_in asks for 11 instead of 10",
    ),
    "of another width": (
        lambda: alta.compile(toy(heads=PROGRAM.heads, variables=PROGRAM.variables)).weights,
        "the layout ask for (3, 8)",
    ),
    "for fewer tokens": (
        of("token_embedding", lambda array: array[:2]),
        "weights: token_embedding has shape (2, 8); program 'parity_sequential_relative'",
    ),
    "for more tokens": (
        of("token_embedding", lambda array: np.concatenate([array, array])),
        "weights: token_embedding has shape (6, 8)",
    ),
    "with positions where there are none": (
        of("position_embedding", lambda array: np.zeros((4, 8), dtype=np.float32)),
        "weights: position_embedding has 4 rows",
    ),
}


@pytest.mark.parametrize(("weights", "message"), REFUSED.values(), ids=REFUSED)
def test_weights_are_refused(weights, message):
    with pytest.raises(ModelError) as caught:
        MODEL.with_weights(weights())
    assert message in str(caught.value)


def test_a_position_table_that_is_too_short_is_refused():
    model = alta.compile(alta.programs.parity_sequential_absolute(max_length=4))
    short = changed(model.weights, "position_embedding", lambda table: table[:3])
    with pytest.raises(ModelError, match=r"position_embedding has 3 rows; program .* takes 4"):
        model.with_weights(short)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=str)
@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("token_embedding", (2, 3)),
        ("heads.done_left.value", (1, 0)),
        ("mlp.lookup_out", (4, 1)),
        ("mlp.expand_in_bias", (5,)),
    ],
    ids=["embedding", "head", "matrix", "bias"],
)
def test_weights_that_are_no_numbers_are_refused_by_the_verifier(name, index, value):
    def poison(array):
        poisoned = array.copy()
        poisoned[index] = value
        return poisoned

    model = MODEL.with_weights(changed(MODEL.weights, name, poison))
    with pytest.raises(ModelError) as caught:
        verify(PROGRAM, model, max_len=3)
    assert str(caught.value) == (
        f"weights: {name}{list(index)} is {np.float32(value)}; expected finite numbers"
    )
