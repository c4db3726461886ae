"""Training comes to the same bits, whatever JAX is told to refuse."""

import dataclasses

import jax
import jax.numpy as jnp
import pytest

import alta
from alta.learn import shrink, train, train_baseline
from alta.learn.jax_settings import training_settings
from alta.learn.training import baseline, training
from tests.alta.learn.programs import RELATIVE, TINY, words
from tests.alta.nn.strict import strict

# Adam is what optax computes with floats to whole powers.
ADAM = dataclasses.replace(TINY, optimizer="adam", steps=10)
SMALL = {"longest": 8, "steps": 5, "width": 4, "heads": 1, "layers": 1, "batch": 4, "quiet": True}


def bits(tree):
    return [(leaf.dtype, leaf.tobytes()) for leaf in jax.device_get(jax.tree.leaves(tree))]


def test_the_settings_hold_inside_and_no_longer():
    row, rows = jnp.zeros(2), jnp.zeros((3, 2), "bfloat16")
    with strict(wide=True):
        with training_settings():
            assert (row + rows + 1.5).dtype == jnp.zeros(1).dtype == "float32"
        with pytest.raises(ValueError, match="promotion"):
            row + rows


@pytest.mark.campaign
def test_training_comes_to_the_same_bits_under_strict_settings():
    data = words(RELATIVE, 6, 5)
    block = train(RELATIVE, data, ADAM, quiet=True).block
    with strict(wide=True):
        assert bits(train(RELATIVE, data, ADAM, quiet=True).block) == bits(block)


@pytest.mark.campaign
def test_a_baseline_is_trained_and_evaluated_under_strict_settings():
    data = words(RELATIVE, 6, 5)
    first = train_baseline(RELATIVE, data, positions="relative", **SMALL)
    with strict(wide=True):
        again = train_baseline(RELATIVE, data, positions="relative", **SMALL)
        assert bits(again.encoder) == bits(first.encoder)
        assert again.evaluate(data[:3]) == first.evaluate(data[:3])


def test_training_has_settings_of_its_own(monkeypatch):
    seen = []

    def looking(*_):
        seen.append(jnp.zeros(1) * 1.5)
        raise ZeroDivisionError

    monkeypatch.setattr(training, "_vectors", looking)
    monkeypatch.setattr(baseline, "_checked", looking)
    with strict(wide=True):
        for start in (
            lambda: train(RELATIVE, [], TINY),
            lambda: train_baseline(RELATIVE, [], longest=1),
        ):
            with pytest.raises(ZeroDivisionError):
                start()
    assert [array.dtype for array in seen] == ["float32", "float32"]


def test_a_norm_penalty_is_paid_under_strict_settings():
    program, data = alta.programs.parity_sequential_absolute(max_length=6), [[0, 1, 1], [1, 1, 0]]
    expected = shrink(program, data, steps=3).loss
    with strict(wide=True):
        assert shrink(program, data, steps=3).loss == expected
