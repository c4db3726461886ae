"""A network of matrices and ReLU computes what the block computes."""

from __future__ import annotations

import numpy as np
import pytest

import alta
from alta.nn.reference import mlp
from alta_verify.exchange.network import BlockNetwork
from alta_verify.exchange.transitions import columns_read
from tests.alta_verify.circuits.toy import context_of, toy
from tests.alta_verify.mutants import with_arrays


def case(changed=False):
    context = context_of(toy())
    model = context.model.dense()
    if changed:
        model = with_arrays(model, {"mlp.lookup_out": np.asarray(model.weights.mlp.lookup_out) * 3})
    read, written = columns_read(context, "left_odd"), model.layout.columns["left_odd"]
    return model, read, list(written), BlockNetwork.of(model, read, written)


@pytest.mark.parametrize("changed", [False, True])
def test_on_any_vector_it_is_what_the_block_computes(changed):
    model, read, written, network = case(changed)
    streams = np.zeros((64, model.layout.width))
    streams[:, read] = np.random.default_rng(0).integers(-8, 17, (64, len(read))) / 8
    expected = mlp(model.weights.mlp, streams).after[:, written]
    np.testing.assert_array_equal(network(streams[:, read]), expected)


def test_the_narrow_format_is_taken_where_it_has_all_weights():
    _, read, written, network = case()
    assert network.dtype == "float32"
    wide = alta.compile(toy(), max_len=3, dtype="float64").dense()
    arrays = {"mlp.expand_in_bias": np.asarray(wide.weights.mlp.expand_in_bias) + 2.0**-40}
    assert BlockNetwork.of(with_arrays(wide, arrays), read, written).dtype == "float64"


@pytest.mark.campaign
def test_another_reader_computes_the_same():
    pytest.importorskip("onnx", reason="the extra vnnlib is not installed")
    runtime = pytest.importorskip("onnxruntime", reason="the extra vnnlib is not installed")
    _, read, _, network = case()
    session = runtime.InferenceSession(network.to_onnx("left_odd").SerializeToString())
    rows = np.random.default_rng(1).integers(-8, 17, (16, len(read))) / 8
    for row in rows.astype(np.float32):
        (found,) = session.run(None, {"X": row[None]})
        np.testing.assert_array_equal(found, network(row[None]))
