"""Tensors are the weights under other names, and become the same weights again."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest

import alta
from alta.errors import ModelError
from alta.exports.tensors import Form, tensors_of, weights_of
from alta.nn.weights import named
from tests.alta.exports.courses import PROGRAMS

MODEL = alta.compile(alta.programs.addition(), max_len=5)
FORM = Form.of(MODEL.program, MODEL.weights)
TENSORS = tensors_of(MODEL.weights, FORM)


def back(tensors, model=MODEL, form=FORM):
    return weights_of(tensors, form, model.program, model.layout, "file")


def bits(weights):
    return [(name, array.dtype, array.shape, array.tobytes()) for name, array in named(weights)]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("sparse", [False, True])
def test_weights_come_back_bit_for_bit(dtype, sparse):
    for name in ("parity_sum_mod_2", "sort_unique"):
        program = alta.programs.get(name, **PROGRAMS[name][0])
        model = alta.compile(program, dtype=dtype, sparse=sparse)
        form = Form.of(program, model.weights)
        again = back(tensors_of(model.weights, form), model, form)
        assert bits(again) == bits(model.weights)
        assert jax.tree.structure(again) == jax.tree.structure(model.weights)


def test_heads_are_stacked_and_the_narrow_ones_filled_up():
    assert TENSORS["attn.W_Q"].shape == (3, MODEL.layout.width, 6)
    widths = [FORM.widths[name] for name in MODEL.program.heads]
    assert len(set(widths)) > 1
    for index, (d_key, _) in enumerate(widths):
        assert not TENSORS["attn.W_Q"][index, :, d_key:].any()


@pytest.mark.parametrize(("name", "number"), [("attn.W_K", 2.0), ("attn.W_K", -0.0)])
def test_what_was_trained_beyond_a_heads_own_columns_is_kept(name, number):
    index = min(range(3), key=lambda i: [*FORM.widths.values()][i][0])
    head = [*FORM.widths][index]
    tensor = TENSORS[name].copy()
    tensor[index, 0, -1] = number
    changed = back(TENSORS | {name: tensor}).heads[head]
    assert changed.key.shape[1] == changed.query.shape[1] == 6
    assert back(TENSORS).heads[head].key.shape[1] < 6


def test_a_model_without_heads_has_tensors_too():
    program = alta.program_spec_from_rules(
        variables={"x": alta.input_var(2)},
        heads={},
        rules=[],
        output_name="x",
        input_range=2,
        layers=1,
    )
    model = alta.compile(program)
    form = Form.of(program, model.weights)
    assert bits(back(tensors_of(model.weights, form), model, form)) == bits(model.weights)


def without(name):
    return {key: tensor for key, tensor in TENSORS.items() if key != name}


WRONG = {
    "a missing one": (without("mlp.W_in"), "missing: mlp.W_in; unknown: none; save the exported"),
    "one too many": (TENSORS | {"lm_head": np.zeros(2)}, "missing: none; unknown: lm_head"),
    "another number of tokens": (
        TENSORS | {"embed.W_E": TENSORS["embed.W_E"][1:]},
        "embed.W_E has shape .* but the program's tokens ask for 13 instead of 12",
    ),
    "another stream": (
        TENSORS | {"mlp.W_out": TENSORS["mlp.W_out"][:, 1:]},
        "file: mlp.W_out has shape .* but the layout asks for 60 instead of 59",
    ),
    "fewer heads": (
        TENSORS | {"attn.W_V": TENSORS["attn.W_V"][1:]},
        "attn.W_V has shape .* but the program's heads ask for 3 instead of 2",
    ),
    "units that do not fit": (
        TENSORS | {"mlp.b_in": TENSORS["mlp.b_in"][1:]},
        "mlp.b_in has shape .* but mlp.W_in asks for",
    ),
    "another number of axes": (
        TENSORS | {"attn.W_Q": TENSORS["attn.W_Q"][0]},
        "attn.W_Q: expected 3 axes, got shape",
    ),
    "two formats": (
        TENSORS | {"attn.W_Q": TENSORS["attn.W_Q"].astype("f8")},
        "attn.W_Q is float64, embed.W_E is float32; expected one format for all",
    ),
    "integers": (
        {name: tensor.astype("i4") for name, tensor in TENSORS.items()},
        "embed.W_E is int32, .* one of float64, float32, bfloat16, float16",
    ),
}


@pytest.mark.parametrize(("tensors", "message"), WRONG.values(), ids=WRONG)
def test_tensors_are_refused_that_have(tensors, message):
    with pytest.raises(ModelError, match=message):
        back(tensors)


def test_units_may_be_left_out_and_added():
    fewer = {
        "mlp.W_in": TENSORS["mlp.W_in"][:, 1:],
        "mlp.b_in": TENSORS["mlp.b_in"][1:],
        "mlp.W_out": TENSORS["mlp.W_out"][1:],
    }
    assert back(TENSORS | fewer).mlp.lookup_in.shape[1] == TENSORS["mlp.b_in"].size - 1


def test_a_learned_block_has_layers():
    block = alta.nn.block.DenseBlock(
        (np.ones((60, 4), "f4"), np.ones((4, 3), "f4"), np.ones((3, 60), "f8")),
        (np.ones(4, "f4"), np.ones(3, "f4"), np.ones(60, "f4")),
        "tanh",
    )
    weights = replace(MODEL.weights, mlp=block)
    form = Form.of(MODEL.program, weights)
    tensors = tensors_of(weights, form)
    assert bits(back(tensors, form=form)) == bits(weights)
    with pytest.raises(ModelError, match=r"mlp.layers.1.W has shape .* but mlp.layers.0.W asks"):
        back(tensors | {"mlp.layers.1.W": np.ones((5, 3), "f4")}, form=form)
    with pytest.raises(ModelError, match=r"unknown: mlp\.layers\.0\.W"):
        back(tensors)
