"""Hidden units in another order, split, or measured otherwise: the network stays what it was."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

import alta
from alta.errors import AltaError
from alta.nn.model import Model
from alta.nn.sparse import SparseMatrix
from alta.nn.weights import matrices, named
from alta_verify.weights.hidden import HiddenLayer, hidden_layers, permuted, rescaled, split
from tests.properties import exact_forward
from tests.properties.exact_forward import exact

PROGRAM = alta.programs.parity_sequential_absolute(max_length=4)
MODEL = alta.compile(PROGRAM)
LAYERS = {layer.name: layer for layer in hidden_layers(MODEL)}


@pytest.fixture(params=list(LAYERS))
def layer(request) -> HiddenLayer:
    return LAYERS[request.param]


def shuffled(layer: HiddenLayer) -> list[int]:
    return random.Random(0).sample(range(layer.size), layer.size)


def computed(model: Model) -> list:
    """What the parts of a model compute of two positions, in rational numbers."""
    first, second = (exact(row) for row in model.residual_streams([0, 1], 1)[1])
    heads = model.weights.heads.values()
    return [
        *(exact_forward.mlp(model.weights.mlp, x).after for x in (first, second)),
        *(exact_forward.score(head, first, second) for head in heads),
        *(
            exact_forward.read(head, [Fraction(3, 4), Fraction(1, 4)], [first, second])
            for head in heads
        ),
    ]


def test_the_hidden_layers_are_those_between_two_matrices():
    assert [(one.name, one.size) for one in hidden_layers(MODEL)][:3] == [
        ("mlp: expand_in to expand_out", MODEL.weights.mlp.expand_in.shape[1]),
        ("mlp: expand_out to lookup_in", MODEL.weights.mlp.lookup_in.shape[0]),
        ("mlp: lookup_in to lookup_out", MODEL.weights.mlp.lookup_in.shape[1]),
    ]
    assert "parity_left: query to key" in LAYERS
    assert "parity_left: value to output" in LAYERS


def test_units_in_another_order_compute_the_same(layer):
    other = permuted(MODEL, layer, shuffled(layer))
    assert computed(other) == computed(MODEL)
    assert any(a.tobytes() != b.tobytes() for a, b in both(other, MODEL))


def both(one: Model, other: Model) -> list:
    pairs = zip(named(one.weights), named(other.weights), strict=True)
    return [(a, b) for (_, a), (_, b) in pairs]


@pytest.mark.parametrize("share", [0.5, 0.25, 2.0, 0.0])
def test_a_unit_in_two_parts_computes_the_same(layer, share):
    other = split(MODEL, layer, 1, share)
    assert hidden_layers(other)[list(LAYERS).index(layer.name)].size == layer.size + 1
    assert computed(other) == computed(MODEL)


def test_units_that_are_not_there_are_refused(layer):
    with pytest.raises(AltaError, match=f"expected a unit from 0 to {layer.size - 1}, got unit=-1"):
        split(MODEL, layer, -1)
    with pytest.raises(AltaError, match="once, got order"):
        permuted(MODEL, layer, [0] * layer.size)


def test_units_measured_otherwise_compute_the_same_unless_they_are_clipped(layer):
    other = rescaled(MODEL, layer, 4)
    assert (computed(other) == computed(MODEL)) != layer.clipped


def test_each_unit_may_have_a_factor_of_its_own():
    layer = LAYERS["mlp: expand_out to lookup_in"]
    factors = [2.0 ** (unit % 3) for unit in range(layer.size)]
    assert computed(rescaled(MODEL, layer, factors)) == computed(MODEL)


def test_what_is_not_exact_in_the_format_is_rounded_to_it():
    layer = LAYERS["mlp: expand_out to lookup_in"]
    other = rescaled(MODEL, layer, 3)
    assert other.weights.mlp.lookup_in.max() == np.float32(1) / np.float32(3)
    assert computed(other) != computed(MODEL)


@pytest.mark.parametrize(
    "change",
    [
        lambda model, layer: permuted(model, layer, shuffled(layer)),
        lambda model, layer: split(model, layer, 1, 0.25),
        lambda model, layer: rescaled(model, layer, 3),
    ],
    ids=["permuted", "split", "rescaled"],
)
def test_sparse_matrices_are_changed_as_dense_ones_are(layer, change):
    dense, sparse = change(MODEL, layer), change(MODEL.sparse(), layer)
    assert any(isinstance(one, SparseMatrix) for _, one in matrices(sparse.weights))
    assert all((a == b).all() for a, b in both(sparse.dense(), dense))
