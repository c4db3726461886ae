"""End-to-end baselines are Transformers of the usual kind; they fit what they see."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.errors import AltaError
from alta.learn import plot, train_baseline
from alta.learn.training.encoder import Encoder
from tests.alta.learn.programs import ONES, words

PROGRAM = alta.programs.parity_sequential_relative()


def encoder(kind="standard", positions="relative", layers=2):
    return Encoder(
        kind,
        positions,
        n_tokens=3,
        n_answers=2,
        longest=9,
        width=8,
        heads=2,
        layers=layers,
        key=jax.random.key(0),
    )


def parameters(one):
    return sum(leaf.size for leaf in jax.tree.leaves(one))


def test_a_universal_encoder_has_the_same_weights_in_all_layers():
    assert parameters(encoder("universal", layers=2)) == parameters(encoder("universal", layers=5))
    assert parameters(encoder("standard", layers=2)) < parameters(encoder("standard", layers=5))


@pytest.mark.parametrize("positions", ["absolute", "relative"])
def test_padding_makes_no_difference(positions):
    one = encoder(positions=positions)
    word = jnp.array([2, 1, 0, 1])
    padded = jnp.array([2, 1, 0, 1, 2, 2, 0])
    assert np.allclose(one(word, jnp.array(4)), one(padded, jnp.array(4)), atol=1e-5)
    assert not np.allclose(one(padded, jnp.array(5)), one(padded, jnp.array(4)), atol=1e-5)


def test_without_positions_order_makes_no_difference():
    one = encoder(positions="relative")
    # The biases start as zeros.
    words = [jnp.array([2, 1, 0, 1]), jnp.array([1, 0, 2, 1])]
    first, second = [one(word, jnp.array(4)) for word in words]
    assert np.allclose(first, second, atol=1e-5)
    other = encoder(positions="absolute")
    first, second = [other(word, jnp.array(4)) for word in words]
    assert not np.allclose(first, second, atol=1e-5)


def test_a_baseline_fits_a_small_set_and_is_evaluated_like_anything_else(tmp_path):
    few = [(2, 1), (2, 0), (2, 1, 1), (2, 0, 1)]
    found = train_baseline(PROGRAM, few, longest=9, layers=1, steps=200, batch=8)
    assert found.evaluate(few).accuracy == 1
    test = found.evaluate(words(PROGRAM, 8, 3), groups={"ones": ONES})
    assert sum(inputs for _, inputs in test.by("ones").values()) == 27
    plot([test], tmp_path / "plot.png", groups=("length", "ones"), seen={"ones": 1})
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_wrong_arguments_are_refused():
    with pytest.raises(AltaError, match="no kind 'standart'"):
        train_baseline(PROGRAM, [(2, 1)], kind="standart", longest=9)
    with pytest.raises(AltaError, match="got 1 sequences, the longest of 2"):
        train_baseline(PROGRAM, [(2, 1)], longest=1)
    with pytest.raises(AltaError, match="got 0 sequences"):
        train_baseline(PROGRAM, [], longest=1)
    with pytest.raises(AltaError, match="expected at least one evaluation"):
        plot([], "nowhere.png")


def test_what_is_kept_is_not_trained_again(tmp_path, monkeypatch):
    def trained(**changes):
        options = {"longest": 6, "width": 8, "heads": 2, "steps": 3, "folder": tmp_path, **changes}
        return train_baseline(PROGRAM, words(PROGRAM, 4), **options)

    first = trained()
    assert not first.kept
    assert not trained(seed=1).kept
    monkeypatch.setattr("alta.learn.training.baseline._steps", None)
    again = trained()
    assert again.kept
    assert (again.name, again.loss, again.seconds) == (first.name, first.loss, first.seconds)
    pairs = zip(jax.tree.leaves(again.encoder), jax.tree.leaves(first.encoder), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)
    for changes in ({"seed": 2}, {"steps": 4}, {"layers": 1}, {"kind": "universal"}):
        with pytest.raises(TypeError):
            trained(**changes)
