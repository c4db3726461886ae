"""Training goes the same way every time, goes on where it stopped, and learns what it is shown."""

import dataclasses
import json

import jax
import numpy as np
import pytest

import alta
from alta.errors import AltaError
from alta.learn import configuration, evaluate, load_block, shrink, train, unneeded
from alta.learn.tracing.extraction import traces
from alta.learn.tracing.vectors import vectors
from alta.learn.training import steps
from alta.learn.training.steps import Data, accuracy, advance, first_state, placed, unscaled
from alta.nn.block import DenseBlock
from tests.alta.learn.programs import words

PROGRAM = alta.programs.parity_sequential_relative()
TRACES = traces(PROGRAM, words(PROGRAM, 6, 5))
SMALL = configuration("sequential_relative_cpu", hidden=(16,), batch=32, steps=2000)


def bits(block):
    return [np.asarray(one).tobytes() for one in jax.tree.leaves(block)]


def test_the_same_seed_gives_the_same_bits_and_another_other_ones():
    once, again, other = (
        train(PROGRAM, TRACES, SMALL, seed=seed, every=500, stop=500) for seed in (1, 1, 2)
    )
    assert bits(once.block) == bits(again.block)
    assert bits(once.block) != bits(other.block)


def test_training_goes_on_to_the_same_bits(tmp_path):
    whole = train(PROGRAM, TRACES, SMALL, test=TRACES, every=500, folder=tmp_path / "whole")
    parts = tmp_path / "parts"
    stopped = train(PROGRAM, TRACES, SMALL, test=TRACES, every=500, folder=parts, stop=1000)
    assert stopped.steps == 1000
    # As if the process had ended in the middle of the next steps.
    with (parts / "metrics.jsonl").open("a") as file:
        file.write('{"step": 1500, "loss": 0}\n{"step": 17')
    found = train(PROGRAM, TRACES, SMALL, test=TRACES, every=500, folder=parts)
    assert found.steps == whole.steps == 2000
    assert bits(found.block) == bits(whole.block) == bits(load_block(parts))
    lines = [json.loads(line) for line in (parts / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [500, 1000, 1500, 2000]
    assert lines[-1]["training_accuracy"] == found.training_accuracy == found.test_accuracy
    assert lines[-1]["loss"] < lines[0]["loss"]


def test_a_checkpoint_of_other_training_is_refused(tmp_path):
    train(PROGRAM, TRACES, SMALL, every=500, stop=500, folder=tmp_path)
    with pytest.raises(AltaError, match="its seed is 0, not 1"):
        train(PROGRAM, TRACES, SMALL, every=500, stop=500, folder=tmp_path, seed=1)
    with pytest.raises(AltaError, match="its data is"):
        train(PROGRAM, words(PROGRAM, 3), SMALL, every=500, stop=500, folder=tmp_path)
    changed = dataclasses.replace(SMALL, noise=0.2)
    with pytest.raises(AltaError, match="its configuration is"):
        train(PROGRAM, TRACES, changed, every=500, stop=500, folder=tmp_path)


def test_a_block_learns_what_it_is_shown():
    config = configuration(
        "sequential_relative_cpu",
        hidden=(64, 64),
        batch=128,
        steps=1500,
        optimizer="adam",
        learning_rate=5e-3,
        undefined="zeros",
    )
    trained = train(PROGRAM, TRACES, config)
    assert trained.training_accuracy == 1
    model = alta.compile(PROGRAM).with_mlp(trained.block)
    found = evaluate(model, words(PROGRAM, 4, 5))
    assert found.accuracy > 0.9
    # Random parameters do nothing of the sort.
    before = first_state(config, model.layout.width, 0).block
    own = placed(vectors(TRACES), config)
    assert accuracy(config, before, own, 0) < 0.1


def right_block(program):
    """The MLP of parity by hand, as a block of other dimensions would do it: by a table."""
    made = vectors(traces(program, words(program, 6, 5)))
    inputs, added = made.inputs, made.outputs - made.inputs
    tested = inputs @ inputs.T
    # One unit for each transition: 1 where the input is this one, 0 at all the others.
    bias = -np.array([np.max(np.delete(row, n)) for n, row in enumerate(tested)])
    gain = 1 / (np.diag(tested) + bias)
    matrix, bias = inputs.T * gain, bias * gain
    return DenseBlock((matrix, added), (bias, np.zeros(added.shape[1], "f")))


def test_accuracy_is_one_for_a_block_that_is_right():
    program = alta.programs.parity_sequential_absolute(max_length=6)
    found = traces(program, words(program, 6, 5))
    config = dataclasses.replace(SMALL, undefined="zeros")
    own = placed(vectors(found), config)
    assert accuracy(config, right_block(program), own, 0) == 1
    wrong = right_block(program)
    wrong.matrices[1][0] += 1
    share = found.counts[0] / found.total
    assert accuracy(config, wrong, own, 0) == pytest.approx(1 - share)


def test_noise_stands_where_head_outputs_are_undefined_and_nowhere_else():
    block = DenseBlock((np.zeros((8, 8), "f"),), (np.zeros(8, "f"),))
    own = placed(vectors(TRACES), SMALL)
    loss = {}
    for undefined in ("noise", "zeros"):
        config = dataclasses.replace(SMALL, hidden=(), undefined=undefined, noise=0.0, batch=4096)
        state = dataclasses.replace(first_state(config, 8, 0), block=block)
        loss[undefined] = float(advance(config, state, own, 1, 0)[1][0])
    share = (np.asarray(own.undefined) * TRACES.counts[:, None]).sum() / TRACES.total / 8
    # The variance of the noise is 100/3.
    assert loss["noise"] - loss["zeros"] == pytest.approx(share * 100 / 3, rel=0.1)


def test_noise_of_the_given_size_is_put_on_inputs():
    block = DenseBlock((np.zeros((8, 8), "f"),), (np.zeros(8, "f"),))
    own, loss = placed(vectors(TRACES), SMALL), {}
    for noise in (0.0, 2.0):
        config = dataclasses.replace(SMALL, hidden=(), undefined="zeros", noise=noise, batch=4096)
        state = dataclasses.replace(first_state(config, 8, 0), block=block)
        loss[noise] = float(advance(config, state, own, 1, 0)[1][0])
    assert loss[2.0] - loss[0.0] == pytest.approx(4, rel=0.05)


def test_it_does_not_matter_how_steps_are_put_together():
    own = placed(vectors(TRACES), SMALL)
    found = {}
    for counts in ((12,), (6, 6), (2, 3, 7)):
        state, losses = first_state(SMALL, 8, 0), []
        for count in counts:
            state, more = advance(SMALL, state, own, count, 5)
            losses += more.tolist()
        found[counts] = (bits(state), losses)
    first = found.pop((12,))
    assert all(other == first for other in found.values())
    assert len(set(first[1])) == 12


def test_few_coordinates_are_drawn_together(monkeypatch):
    whole = advance(SMALL, first_state(SMALL, 8, 0), placed(vectors(TRACES), SMALL), 12, 5)
    # Another limit makes another program, which jit would not see.
    monkeypatch.setattr(steps, "_DRAWN", 4 * SMALL.batch * 8 + 1)
    jax.clear_caches()
    parts = advance(SMALL, first_state(SMALL, 8, 0), placed(vectors(TRACES), SMALL), 12, 5)
    jax.clear_caches()
    assert bits(parts) == bits(whole)


def test_transitions_are_drawn_as_often_as_they_came_up():
    config = dataclasses.replace(SMALL, hidden=(), noise=0.0, undefined="zeros", batch=1 << 14)
    block = DenseBlock((np.zeros((8, 8), "f"),), (np.zeros(8, "f"),))
    made = vectors(TRACES)
    own = np.square(made.inputs - made.outputs).mean(axis=1)
    for sampling, weights in (("counts", made.counts), ("distinct", np.ones(len(own)))):
        drawn = dataclasses.replace(config, sampling=sampling)
        state = dataclasses.replace(first_state(config, 8, 0), block=block)
        loss = float(advance(drawn, state, placed(made, drawn), 1, 0)[1][0])
        assert loss == pytest.approx(np.average(own, weights=weights), rel=0.02)


def test_a_scaled_block_is_scaled_back():
    program = alta.programs.parity_sum_mod_2_intermediate(max_length=5)
    config = configuration("sum_modulo_cpu", hidden=(8,), steps=500, batch=32)
    made = vectors(traces(program, words(program, 4)))
    own = placed(made, config)
    assert float(np.asarray(own.scale).max()) == 32
    block = first_state(config, made.inputs.shape[1], 0).block
    scaled = np.asarray(block.added((own.inputs / own.scale).T, "float32").T * own.scale)
    assert np.allclose(
        unscaled(block, own).added(made.inputs.T, "float32").T, scaled, rtol=1e-4, atol=1e-3
    )
    single = DenseBlock((np.eye(3, dtype="f"),), (np.ones(3, "f"),))
    other = dataclasses.replace(own, scale=np.array([2.0, 4, 8]))
    assert unscaled(single, other).added(np.ones((3, 1)), "float32")[:, 0].tolist() == [3, 5, 9]


def test_the_data_are_as_said():
    assert isinstance(placed(vectors(TRACES), SMALL), Data)
    with pytest.raises(AltaError, match="at least one transition"):
        train(PROGRAM, [], SMALL)
    with pytest.raises(AltaError, match="expected every of 500"):
        train(PROGRAM, TRACES, SMALL, every=700)
    with pytest.raises(AltaError, match="expected every of 500"):
        train(PROGRAM, TRACES, SMALL, stop=700)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch": 0}, "batch above 0"),
        ({"noise": -1}, "noise of at least 0"),
        ({"decay": 0}, r"decay in \(0, 1\]"),
        ({"warmup": -1}, "warmup of at least 0"),
        ({"optimizer": "adams"}, "no 'adams'"),
        ({"batches": 3}, "has no 'batches'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_wrong_configurations_are_refused(changes, message):
    with pytest.raises(AltaError, match=message):
        configuration("sum_modulo", **changes)


def test_the_configurations_of_table_1_have_names():
    with pytest.raises(AltaError, match="no configuration 'sum_modul'"):
        configuration("sum_modul")
    assert str(configuration("sum_modulo")) == (
        "sum_modulo: hidden 4096 × 4096 × 4096 × 4096, relu, batch 256, 400000 steps of adam at "
        "0.0001, noise 0.1"
    )
    assert "reduced: smaller than in the paper's Table 1" in str(SMALL)


def test_a_penalty_on_weights_removes_what_is_unneeded_and_nothing_else():
    data = ["START 0 0 0"]
    found, left = unneeded(PROGRAM, data), shrink(PROGRAM, data)
    assert left.loss < 1e-3
    assert len(found.silent) == 5
    for rule, share in left.outgoing.items():
        assert share < 0.01 if rule in found.silent else share > 0.5
    (kept,) = set(PROGRAM.rules) - set(found.silent)
    for atom in kept.atoms:
        weight = left.atoms[kept, atom]
        assert weight < 0.01 if (kept, atom) in found.atoms else weight > 0.5


def test_without_a_penalty_nothing_is_removed():
    left = shrink(PROGRAM, ["START 0 0 0"], penalty=0.0, steps=2000)
    assert set(left.outgoing.values()) == {1.0}
    assert set(left.atoms.values()) == {1.0}
