"""Activations by name are the very numbers of the forward pass, and say what ran."""

import sys
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import alta
from alta.errors import AltaError, TokenError
from alta.nn.batching import Course
from alta.nn.block import DenseBlock

PARITY = alta.compile(alta.programs.parity_sequential_relative())


def learned(model):
    """The model with a block of random weights in place of its own, whose sums are all rounded."""
    rng, width = np.random.default_rng(0), model.layout.width
    shapes = [(width, 5), (5, width)]
    matrices = tuple(rng.normal(size=shape).astype(model.dtype) for shape in shapes)
    biases = tuple(rng.normal(size=shape[1]).astype(model.dtype) for shape in shapes)
    return model.with_mlp(DenseBlock(matrices, biases, "tanh"))


# Offsets one by one; all pairs in a narrow format, with means that are rounded; and a block whose
# every number is rounded.
MODELS = {
    "offsets": PARITY,
    "means": alta.compile(alta.programs.parity_sum_mod_2(), max_len=4, dtype="bfloat16"),
    "learned": learned(PARITY),
}
TOKENS = (2, 1, 0, 1)

cached = cache(lambda name: MODELS[name].run_with_cache(TOKENS, 2))
every_model = pytest.mark.parametrize("name", MODELS)


def same_bits(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


# The learned model has the heads of the first one.
@pytest.mark.parametrize("name", ["means", "learned"])
def test_the_streams_are_those_of_the_forward_pass_bit_for_bit(name):
    model = MODELS[name]
    activations, course = cached(name), Course(len(TOKENS))
    run = model.run_batch([TOKENS], 2, observe=course)[0]
    assert activations.run == run
    streams = course.streams
    for layer in range(run.n_layers + 1):
        assert same_bits(activations.residual.sel(layer=layer).values, streams[2 * layer])
    for layer in range(1, run.n_layers + 1):
        assert same_bits(activations.attended.sel(layer=layer).values, streams[2 * layer - 1])


@every_model
def test_what_was_computed_between_makes_the_streams(name):
    activations, weights = cached(name), MODELS[name].dense().weights
    wide = {key: np.asarray(value, np.float64) for key, value in activations.read.items()}
    added = sum(wide[key] @ weights.heads[key].output.astype(float) for key in wide)
    before = activations.residual.values[:-1].astype(float)
    assert np.allclose(before + added, activations.attended.values.astype(float), rtol=1e-2)
    mixed = {
        key: pattern.values.astype(float) @ activations.value[key].values.astype(float)
        for key, pattern in activations.pattern.items()
    }
    assert all(np.allclose(mixed[key], wide[key], rtol=1e-2) for key in mixed)
    scores = {
        key: np.einsum("lik,ljk->lij", query.values.astype(float), activations.key[key])
        for key, query in activations.query.items()
    }
    for key, score in scores.items():
        seen = ~np.isnan(activations.scores[key].values.astype(float))
        assert np.allclose(score[seen], activations.scores[key].values[seen])


def test_coordinates_and_positions_have_names():
    residual = cached("offsets").residual
    assert residual.dims == ("layer", "position", "coordinate")
    assert residual.loc[2, 2, "parity=1"] == 1
    assert residual.loc[1, 2, "parity=1"] == 0
    assert residual.token.values.tolist() == ["START", "1", "0", "1"]


def test_the_pattern_of_a_head_is_by_layer_query_and_key():
    pattern = cached("offsets").pattern["parity_left"]
    assert pattern.dims == ("layer", "query", "key")
    assert pattern.sel(layer=1, query=2).values.tolist() == [0, 1, 0, 0]
    shares = cached("means").pattern["mean"].sel(layer=1, query=2).values
    assert (shares == shares[0]).tolist() == [True, True, False, True]


def test_neurons_have_the_rules_that_write_by_them():
    activations = cached("offsets")
    fired = activations.units["fired"]
    on = fired.sel(layer=2, position=2)
    on = on[(on > 0.5).values & (on.rules != "").values]
    assert "parity=0 & done=0 & parity_left=1 & done_left=1 -> parity := 1" in on.rules.values
    assert len(activations.unit_rules) == fired.sizes["unit"]
    assert set(cached("learned").units) == {"layer 1"}
    assert cached("learned").unit_rules == ()


def test_everything_is_one_table_in_pandas():
    assert cached("means").to_pandas().dtypes.unique().tolist() == [np.float32]
    table = cached("offsets").to_pandas()
    assert table.index.names == ["layer", "position"]
    assert table.loc[(2, 2), ("residual", "", "parity=1")] == 1
    assert table.loc[(2, 2), ("pattern", "parity_left", 1)] == 1
    assert table["residual"].notna().all(axis=None)
    assert table["pattern"].loc[0].isna().all(axis=None)
    assert {array for array, _, _ in table.columns} >= {"scores", "units", "attended"}


def test_a_run_without_layers_has_streams_and_nothing_else():
    activations = PARITY.run_with_cache("START 1 0 1", 0)
    assert activations.residual.shape == (1, 4, 8)
    assert activations.attended.shape == (0, 4, 8)
    assert activations.pattern["done_left"].shape == (0, 4, 4)


def test_unknown_names_and_wrong_tokens_are_refused():
    with pytest.raises(KeyError, match="expected one of residual"):
        cached("offsets")["resid"]
    with pytest.raises(TokenError):
        PARITY.run_with_cache("START twice")


def test_without_xarray_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(AltaError, match=r"run_with_cache needs xarray.*alta-verify\[arrays\]"):
        PARITY.run_with_cache("START")


def test_the_attention_of_a_models_run_is_what_the_model_computed():
    model = MODELS["means"]
    weights = model.dense().weights
    mean = replace(weights.heads["mean"], query=weights.heads["mean"].query / 32)
    blurred = model.with_weights(replace(weights, heads={"mean": mean}))
    run = blurred.run_with_cache(TOKENS, 2).run
    # A program would select some of them, in equal shares.
    (row, *_) = run.attention[0]["mean"]
    assert len({weight for _, weight in row}) > 1
    assert row == tuple(enumerate(row[source][1] for source in range(4)))
