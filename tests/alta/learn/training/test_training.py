"""Training goes the same way every time, goes on where it stopped, and learns what it is shown."""

import pytest

import alta
from alta.learn import configuration, evaluate, train
from alta.learn.tracing.vectors import vectors
from alta.learn.training.steps import accuracy, first_state, placed
from tests.alta.learn.programs import RELATIVE, TINY, bits, shown, words


def test_the_same_seed_gives_the_same_bits_and_another_other_ones():
    once, again, other = (
        train(RELATIVE, shown(), TINY, seed=seed, every=500, stop=500) for seed in (1, 1, 2)
    )
    assert bits(once.block) == bits(again.block)
    assert bits(once.block) != bits(other.block)


@pytest.mark.campaign
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
    trained = train(RELATIVE, shown(), config)
    assert trained.training_accuracy == 1
    model = alta.compile(RELATIVE).with_mlp(trained.block)
    found = evaluate(model, words(RELATIVE, 4, 5))
    assert found.accuracy > 0.9
    # Random parameters do nothing of the sort.
    before = first_state(config, model.layout.width, 0).block
    own = placed(vectors(shown()), config)
    assert accuracy(config, before, own, 0) < 0.1
