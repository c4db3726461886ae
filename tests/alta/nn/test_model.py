"""Models: batches, halting, and the same model around other weights."""

import random
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np

import alta
from tests.alta.lang.toys import counter
from tests.alta.nn.changed import changed

PROGRAM = alta.programs.parity_sequential_relative()
MODEL = alta.compile(PROGRAM)
RNG = random.Random(1)
WORDS = [[2, *RNG.choices([0, 1], k=n)] for n in (0, 5, 1, 14, 5, 2, 9, 3)]


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


# --- other weights --------------------------------------------------------------------------------


def test_a_model_around_other_weights_runs_them_and_leaves_the_first_alone():
    swapped = changed(MODEL.weights, "token_embedding", lambda table: table[[1, 0, 2]])
    changed_model = MODEL.with_weights(swapped)
    assert changed_model.run([2, 0, 0]).outputs == (0, 1, 0)
    assert MODEL.run([2, 0, 0]).outputs == (0, 0, 0)
    assert changed_model.program == MODEL.program
    assert changed_model.layout == MODEL.layout


def test_jax_arrays_are_taken_and_kept_as_numpy_arrays():
    changed_model = MODEL.with_weights(jax.tree.map(jnp.asarray, MODEL.weights))
    assert {type(leaf) for leaf in jax.tree.leaves(changed_model.weights)} == {np.ndarray}
    assert changed_model.run([2, 1, 1]) == MODEL.run([2, 1, 1])


def test_a_model_keeps_copies_of_its_weights():
    arrays = jax.tree.map(np.array, MODEL.weights)
    changed_model = MODEL.with_weights(arrays)
    arrays.token_embedding[:] = np.nan
    assert changed_model.run([2, 1, 1]) == MODEL.run([2, 1, 1])
    assert np.isfinite(changed_model.weights.token_embedding).all()


def test_weights_may_be_of_another_format():
    halves = jax.tree.map(lambda array: array.astype(np.float16), MODEL.weights)
    changed_model = MODEL.with_weights(halves)
    assert changed_model.dtype == "float16"
    assert changed_model.run([2, 1, 1]) == MODEL.run([2, 1, 1])


def test_hidden_dimensions_may_differ():
    mlp = MODEL.weights.mlp
    wider = replace(
        mlp,
        lookup_in=np.pad(mlp.lookup_in, ((0, 0), (0, 3))),
        lookup_in_bias=np.pad(mlp.lookup_in_bias, (0, 3)),
        lookup_out=np.pad(mlp.lookup_out, ((0, 3), (0, 0))),
    )
    changed_model = MODEL.with_weights(replace(MODEL.weights, mlp=wider))
    assert changed_model.run([2, 1, 1]) == MODEL.run([2, 1, 1])
