"""The reference in NumPy computes what the forward pass in JAX does."""

from dataclasses import replace

import numpy as np
import pytest

import alta
from alta.lang.masks import EVERYWHERE, Mask
from alta.nn import reference
from alta.nn.sparse import as_dense
from tests.alta.lang.toys import toy

MODELS = {
    "dense": alta.compile(alta.programs.parity_sequential_relative()),
    "sparse": alta.compile(alta.programs.parity_sequential_relative(), sparse=True),
    "with positions": alta.compile(alta.programs.parity_sequential_absolute(max_length=8)),
}


def embedded(model, tokens):
    """The residual stream before the first layer: the token's row plus the position's."""
    stream = np.asarray(model.weights.token_embedding, dtype=np.float64)[list(tokens)]
    positions = np.asarray(model.weights.position_embedding, dtype=np.float64)
    return stream + positions[: len(tokens)] if len(positions) else stream


def attended_by_all(model, stream):
    """The residual stream with what every head read added; all heads read the same."""
    after = stream
    for name, weights in model.weights.heads.items():
        shares = reference.attention_weights(weights, model.program.heads[name].mask, stream)
        after = after + shares @ stream @ as_dense(weights.value) @ as_dense(weights.output)
    return after


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_the_streams_of_a_compiled_model_are_equal(model):
    tokens = (model.program.input_range - 1, 1, 0, 1)
    initial, *layers = model.residual_streams(tokens, 2)
    stream = embedded(model, tokens)
    assert (stream == initial).all()
    for attended, after in zip(layers[::2], layers[1::2], strict=True):
        assert np.allclose(attended_by_all(model, stream), attended, atol=1e-6)
        stream = reference.mlp(model.weights.mlp, attended).after
        assert (stream == after).all()


def test_attention_is_the_softmax_over_what_the_mask_leaves():
    model = alta.compile(toy(heads={"same": alta.qkv("x", "x", "x", [-1, 0])}))
    stream = embedded(model, (1, 1, 2))
    weights = reference.attention_weights(model.weights.heads["same"], Mask((-1, 0)), stream)
    assert weights[:2].tolist() == [[1, 0, 0], [0.5, 0.5, 0]]
    # The other position's score is 256 less, and e^-256 is less than float64 tells from nothing.
    assert weights[2].tolist() == [0, np.exp(-256), 1]


def test_a_row_that_its_mask_leaves_nothing_attends_to_nothing():
    model = alta.compile(toy(heads={"left": alta.v_relative("x", -1)}))
    head, stream = model.weights.heads["left"], embedded(model, (1, 2))
    assert reference.attention_weights(head, Mask((-1,)), stream).tolist() == [[0, 0], [1, 0]]
    assert reference.attention_weights(head, Mask((5,)), stream).tolist() == [[0, 0], [0, 0]]
    assert reference.attention_weights(head, alta.before(), stream).tolist() == [[0, 0], [1, 0]]
    everywhere, causal = (
        reference.attention_weights(head, mask, stream).tolist()
        for mask in (EVERYWHERE, alta.causal())
    )
    assert (everywhere, causal) == ([[0.5, 0.5], [0.5, 0.5]], [[1, 0], [0.5, 0.5]])


def test_a_damaged_unit_would_show():
    model = MODELS["dense"]
    _, attended, after = model.residual_streams((2, 1), 1)
    biases = np.array(model.weights.mlp.lookup_in_bias)
    biases[reference.mlp(model.weights.mlp, attended).fired.any(axis=0).argmax()] = -9
    damaged = replace(model.weights.mlp, lookup_in_bias=biases)
    assert (reference.mlp(damaged, attended).after != after).any()
