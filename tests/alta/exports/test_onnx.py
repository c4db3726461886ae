"""Graphs of ONNX compute what JAX computes, bit for bit, and their weights come back."""

from __future__ import annotations

import json

import numpy as np
import pytest

import alta
from alta.errors import ModelError, ProgramError, TokenError
from alta.nn.weights import named
from alta_verify import Verdict, verify
from tests.alta.exports.courses import MAX_LAYERS, PROGRAMS, differences, waiting, words_of

onnx = pytest.importorskip("onnx", reason="onnx is not installed: graphs are not tested")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: graphs are not tested")

from alta.exports.onnx import load  # noqa: E402

PROGRAM = alta.programs.parity_sequential_relative()
MODEL = alta.compile(PROGRAM, max_len=8)


@pytest.fixture
def file(tmp_path):
    alta.export(MODEL, tmp_path, to="onnx")
    return tmp_path / "model.onnx"


def bits(model):
    return [(name, str(array.dtype), array.tobytes()) for name, array in named(model.weights)]


def courses(session, max_layers=MAX_LAYERS):
    def run(words):
        results = session.outputs(np.array(words, np.int64), max_layers)
        return [
            (
                int(results["n_layers"][index]),
                bool(results["halted"][index]),
                session.streams(results, index),
            )
            for index in range(len(words))
        ]

    return run


def exported(model, folder, **options):
    alta.export(model, folder, to="onnx", **options)
    return load(folder)


# --- bit for bit ----------------------------------------------------------------------------------


def compiled(name, dtype):
    try:
        return alta.compile(alta.programs.get(name, **PROGRAMS[name][0]), dtype=dtype)
    except ModelError as error:
        pytest.skip(str(error))


ALL = [
    *((name, dtype) for name in PROGRAMS for dtype in ("float32", "bfloat16")),
    *(("sort_unique", dtype) for dtype in ("float64", "float16")),
]


@pytest.mark.campaign
@pytest.mark.parametrize(("name", "dtype"), ALL)
def test_all_streams_of_a_shipped_program_are_those_of_jax(name, dtype, tmp_path):
    model = compiled(name, dtype)
    words = words_of(model.program, PROGRAMS[name][1], 150)
    assert differences(model, words, courses(exported(model, tmp_path))) == []
    assert bits(alta.load(tmp_path)) == bits(model)


def test_a_graph_halts_where_the_model_does(file):
    assert differences(MODEL, words_of(PROGRAM, 4), courses(load(file))) == []


def test_a_sequence_that_has_halted_keeps_its_stream(tmp_path):
    results = exported(alta.compile(waiting()), tmp_path).outputs(np.array([[0], [3], [2]]))
    assert results["n_layers"].tolist() == [3, 0, 1]
    assert results["logits"].argmax(-1).tolist() == [[3], [3], [3]]
    assert results["residual"][-1].argmax(-1).tolist() == [[3], [3], [3]]


@pytest.mark.campaign
def test_a_graph_with_one_other_weight_has_other_streams(tmp_path):
    weights = MODEL.weights
    other = MODEL.with_weights(
        type(weights)(
            weights.token_embedding + np.float32(2**-20),
            *(weights.position_embedding, weights.heads, weights.mlp),
        )
    )
    assert differences(MODEL, words_of(PROGRAM, 4), courses(exported(other, tmp_path)))


@pytest.mark.campaign
def test_an_unrolled_graph_takes_its_layers_whatever_the_halt_says(tmp_path):
    session = exported(MODEL, tmp_path, n_layers=3, length=4)
    streams = MODEL.residual_streams("START 1 0 1", 3)
    results = session.outputs(np.array([[2, 1, 0, 1]]))
    assert [part.tobytes() for part in session.streams(results, 0)] == [
        part.tobytes() for part in streams
    ]
    assert session.run("START 1 0 1").outputs == MODEL.run("START 1 0 1", 3).outputs
    with pytest.raises(TokenError, match=r"expected \(batch, 4\), the length that the graph was"):
        session.run("START 1")
    with pytest.raises(ModelError, match="max_layers=2: the graph was written with its number"):
        session.run("START 1 0 1", max_layers=2)
    assert exported(MODEL, tmp_path, n_layers=0).run("START").outputs == (0,)


@pytest.mark.campaign
def test_a_run_is_that_of_the_model(file):
    session = load(file)
    for tokens in ("START", "START 1 0 1"):
        run, meant = session.run(tokens), MODEL.run(tokens)
        assert run == meant
        assert run.trace == meant.trace
    assert session.run("START 1 1", max_layers=1) == MODEL.run("START 1 1", max_layers=1)
    with pytest.raises(TokenError, match=r"takes at most 8 tokens \(max_len\), got 9"):
        session.run("START" + 8 * " 1")
    with pytest.raises(ProgramError, match="max_layers: expected at least 0"):
        session.run("START", max_layers=-1)


def bounded(layers, **options):
    return alta.program_spec(
        variables={"x": alta.input_var(3), "one": alta.var(2, default=1)},
        heads=options.get("heads", {"left": alta.v_relative("x", -1)}),
        ffn_fn=options.get("ffn_fn", lambda z: z.__setitem__("x", z["left"])),
        output_name="x",
        input_range=3,
        layers=layers,
        inputs=alta.inputs.anything(),
    )


def quiet(z):
    z["x"] = (z["x"] + 1) % 3


@pytest.mark.campaign
@pytest.mark.parametrize("layers", [2, 0, lambda length: 2 * length])
def test_a_program_without_halt_takes_its_own_number_of_layers(layers, tmp_path):
    model = alta.compile(bounded(layers, heads={}, ffn_fn=quiet), max_len=4)
    session = exported(model, tmp_path)
    for word in ([0], [1, 2], [0, 1, 2, 0]):
        assert session.run(word) == model.run(word)
    assert bits(alta.load(tmp_path)) == bits(model)


@pytest.mark.campaign
def test_a_bound_by_length_needs_lengths(tmp_path):
    model = alta.compile(bounded(lambda length: length + 1, heads={}, ffn_fn=quiet))
    with pytest.raises(ModelError, match="export with length= or n_layers="):
        exported(model, tmp_path)
    assert exported(model, tmp_path, length=3).run([0, 1, 2]) == model.run([0, 1, 2])


@pytest.mark.campaign
@pytest.mark.parametrize("mask", [alta.causal(), alta.before(), [-2, 0, 9], range(-9, 9), None])
def test_masks_of_every_kind_leave_the_same_positions(mask, tmp_path):
    program = alta.program_spec(
        variables={
            "x": alta.input_var(3),
            "number": alta.numeric_var([0.0, 1.0], input_init_fn=float),
            "seen": alta.var(2),
        },
        # Where the mask leaves no key that fits, one that it leaves out may fit better.
        heads={"mean": alta.qkv("x", "x", "number", mask)},
        ffn_fn=lambda z: z.__setitem__("seen", int(z["mean"] > 0.4)),
        output_name="seen",
        input_range=2,
        layers=1,
    )
    model = alta.compile(program, max_len=6)
    session = exported(model, tmp_path)
    assert differences(model, words_of(program, 5), courses(session)) == []


@pytest.mark.campaign
@pytest.mark.parametrize("activation", ["relu", "gelu", "tanh", "sigmoid"])
def test_a_learned_block_is_exported_with_the_others(activation, tmp_path):
    rng, width = np.random.default_rng(0), MODEL.layout.width
    block = alta.nn.block.DenseBlock(
        (rng.normal(size=(width, 5)).astype("f4"), rng.normal(size=(5, width)).astype("f4")),
        (rng.normal(size=5).astype("f4"), rng.normal(size=width).astype("f4")),
        activation,
    )
    model = MODEL.with_mlp(block)
    session = exported(model, tmp_path, n_layers=1)
    results = session.outputs(np.array([[2, 1, 0]]))
    last = model.residual_streams([2, 1, 0], 1)[-1]
    assert np.allclose(session.streams(results, 0)[-1], last, rtol=1e-5, atol=1e-5)
    assert bits(alta.load(tmp_path)) == bits(model)


# --- the way back ---------------------------------------------------------------------------------


def change(file, action):
    proto = onnx.load(file)
    action(proto)
    file.write_bytes(proto.SerializeToString())


def flip_value(proto):
    for entry in proto.graph.initializer:
        if entry.name == "attn.W_V":
            array = onnx.numpy_helper.to_array(entry).copy()
            array[0] = array[0][:, ::-1]
            entry.CopyFrom(onnx.numpy_helper.from_array(array, entry.name))


@pytest.mark.campaign
def test_weights_changed_in_the_file_are_refuted_with_an_input(file):
    assert bits(alta.load(file)) == bits(MODEL)
    change(file, flip_value)
    report = verify(PROGRAM, alta.load(file), max_len=6)
    assert report.verdict is Verdict.REFUTED
    assert report.counterexample.replay()


def rewire(proto):
    node = next(node for node in proto.graph.node if node.op_type == "Loop")
    body = node.attribute[0].g
    clip = next(node for node in body.node if node.op_type == "Clip")
    clip.op_type = "Identity"
    del clip.input[1:]


def elsewhere(proto):
    entry = next(entry for entry in proto.graph.initializer if entry.name == "mlp.W_in")
    entry.data_location = onnx.TensorProto.EXTERNAL
    entry.external_data.add(key="location", value="../secret")


def shaped(**entries):
    def damage(proto):
        onnx.helper.set_model_props(
            proto,
            {
                "alta": next(e.value for e in proto.metadata_props if e.key == "alta"),
                "alta.shape": json.dumps({"length": None, "n_layers": None} | entries),
            },
        )

    return damage


def drop(proto):
    del proto.graph.initializer[[e.name for e in proto.graph.initializer].index("mlp.W_in")]


def again(proto):
    entry = next(entry for entry in proto.graph.initializer if entry.name == "mlp.W_in")
    proto.graph.initializer.add().CopyFrom(entry)


def constant(proto):
    entry = next(e for e in proto.graph.initializer if e.name.startswith("constant/"))
    array = onnx.numpy_helper.to_array(entry)
    entry.CopyFrom(onnx.numpy_helper.from_array(array + np.ones((), array.dtype), entry.name))


DAMAGE = {
    "another graph": (rewire, "its graph is not the one that is written for such weights"),
    "another constant": (constant, "its graph is not the one that is written"),
    "a weight twice": (again, "the initialiser mlp.W_in is there twice"),
    "weights elsewhere": (elsewhere, "mlp.W_in is in another file; expected all weights in this"),
    "no metadata": (lambda proto: proto.ClearField("metadata_props"), "have no 'alta' and no"),
    "fewer weights": (drop, "missing: mlp.W_in; unknown: none"),
    "another shape": (shaped(n_layers=2), "its graph is not the one that is written"),
    "a shape without end": (shaped(n_layers=10**9), "no more layers than nodes"),
    "a length without end": (shaped(length=10**9), "expected a length of at most"),
    "a shape of words": (shaped(length="4"), "expected a length of at most"),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGE.values(), ids=DAMAGE)
def test_a_file_is_refused_that_has(damage, message, file):
    change(file, damage)
    with pytest.raises(ModelError) as caught:
        alta.load(file.parent)
    assert message in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_file_that_is_none_is_refused(file):
    file.write_bytes(b"\xff" * 40)
    with pytest.raises(ModelError, match=r"model\.onnx: not a file of ONNX"):
        alta.load(file)


@pytest.mark.parametrize("options", [{"length": 0}, {"n_layers": -1}, {"length": 2.5}])
def test_odd_sizes_are_refused(options, tmp_path):
    with pytest.raises(ModelError, match="expected an int of at least"):
        exported(MODEL, tmp_path, **options)


def test_sizes_are_for_graphs(tmp_path):
    with pytest.raises(ModelError, match="n_layers=2: expected to='onnx', which takes it"):
        alta.export(MODEL, tmp_path, n_layers=2)
