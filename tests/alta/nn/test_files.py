"""Saved models: what is written is read back, and what was damaged or edited is refused."""

import hashlib
import json
import os
import random
from pathlib import Path

import jax
import numpy as np
import pytest
import safetensors.numpy

import alta
from alta.errors import ModelError
from alta.lang.program import program_hash
from alta.nn.weights import named
from tests.alta.lang.toys import ODD_NAMES

PROGRAM = alta.programs.parity_sequential_absolute(max_length=6)
MODEL = alta.compile(PROGRAM, max_len=5)
WEIGHTS, MANIFEST = "weights.safetensors", "manifest.json"


@pytest.fixture
def saved(tmp_path):
    MODEL.save(tmp_path / "model")
    return tmp_path / "model"


def bits(model):
    return [(name, str(array.dtype), array.tobytes()) for name, array in named(model.weights)]


# --- round trips ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
def test_a_model_is_read_back_bit_for_bit(dtype, tmp_path):
    model = alta.compile(PROGRAM, max_len=5, dtype=dtype)
    model.save(tmp_path / dtype)
    loaded = alta.load(tmp_path / dtype)
    assert bits(loaded) == bits(model)
    assert loaded.layout == model.layout
    assert loaded.program == model.program
    assert (loaded.max_len, loaded.dtype) == (5, dtype)
    assert jax.tree.structure(loaded.weights) == jax.tree.structure(model.weights)


def test_a_model_read_back_runs_the_same(saved):
    words = [[1, 0, 1, 1], [0], [1, 1, 1, 1, 1]]
    assert alta.load(saved).run_batch(words) == MODEL.run_batch(words)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_sparse_matrices_are_read_back_sparse(dtype, tmp_path):
    model = alta.compile(PROGRAM, dtype=dtype, sparse=True)
    model.save(tmp_path)
    loaded = alta.load(tmp_path)
    assert bits(loaded) == bits(model)
    # The structure holds where the entries stand.
    assert jax.tree.structure(loaded.weights) == jax.tree.structure(model.weights)
    assert bits(loaded.dense()) == bits(alta.compile(PROGRAM, dtype=dtype, sparse=False))


def test_the_path_may_be_a_str_and_its_folders_are_made(tmp_path):
    path = str(tmp_path / "some" / "folder")
    MODEL.save(path)
    MODEL.save(path)
    assert bits(alta.load(path)) == bits(MODEL)


def test_a_model_is_two_files(saved):
    assert sorted(path.name for path in saved.iterdir()) == [MANIFEST, WEIGHTS]


def test_the_manifest_says_what_the_weights_are_for(saved):
    manifest = json.loads((saved / MANIFEST).read_text())
    assert manifest["program"] == alta.program_text(PROGRAM).splitlines()
    assert manifest["program_sha256"] == program_hash(PROGRAM)
    data = (saved / WEIGHTS).read_bytes()
    assert manifest["weights_sha256"] == hashlib.sha256(data).hexdigest()
    assert manifest["dtype"] == "float32"
    assert manifest["shapes"]["token_embedding"] == [2, 20]
    assert manifest["layout"]["columns"]["index_left"] == [10, 11, 12, 13, 14, 15]


def test_saving_twice_writes_the_same_bytes(saved, tmp_path):
    alta.load(saved).save(tmp_path / "again")
    for name in (WEIGHTS, MANIFEST):
        assert (tmp_path / "again" / name).read_bytes() == (saved / name).read_bytes()


def test_the_manifest_says_how_sharply_numbers_are_told_apart(tmp_path):
    program = alta.programs.parity_sum_mod_2(max_length=8)
    for model in (alta.compile(program), alta.compile(program, sparse=True)):
        model.save(tmp_path)
        scales = json.loads((tmp_path / "manifest.json").read_text())["scales"]
        assert scales["attention"] == dict.fromkeys(program.heads, 16.0)
        # Thresholds between 1/8 and 1/7 are steeper than the distance of possible means asks for.
        assert all(factor >= 2 for factor in scales["thresholds"].values() if factor)
        assert any(factor >= 64 for factor in scales["thresholds"].values())
        assert bits(alta.load(tmp_path)) == bits(model)


def test_arrays_in_another_order_of_memory_are_written_right(tmp_path):
    turned = MODEL.with_weights(jax.tree.map(np.asfortranarray, MODEL.weights))
    turned.save(tmp_path)
    assert bits(alta.load(tmp_path)) == bits(MODEL)


def test_odd_names_are_kept(tmp_path):
    tokens = [name for name in ODD_NAMES if name == "".join(name.split())]
    program = alta.program_spec_from_rules(
        name="\U0001f3b2\x9b",
        variables={name: alta.var(2) for name in ODD_NAMES},
        heads={f"{name}.query": alta.v_relative(name, 1) for name in ODD_NAMES},
        rules=[],
        output_name=ODD_NAMES[0],
        input_range=len(tokens),
        layers=1,
        vocab=tokens,
    )
    model = alta.compile(program)
    model.save(tmp_path)
    loaded = alta.load(tmp_path)
    assert loaded.program == program
    assert loaded.layout == model.layout
    assert bits(loaded) == bits(model)


# --- damage ---------------------------------------------------------------------------------------


def remove(name):
    return lambda folder: (folder / name).unlink()


def instead(name, make):
    def damage(folder):
        (folder / name).unlink()
        make(folder / name)

    return damage


def write(name, data):
    return lambda folder: (folder / name).write_bytes(data)


def flip(name, offset):
    def damage(folder):
        data = bytearray((folder / name).read_bytes())
        data[offset] ^= 1
        (folder / name).write_bytes(data)

    return damage


def cut(name):
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-8])


def write_signed(folder, manifest):
    """Writes a manifest, with its own hash made right if it has one."""
    if isinstance(manifest, dict) and "manifest_sha256" in manifest:
        content = {key: value for key, value in manifest.items() if key != "manifest_sha256"}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        manifest["manifest_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest))


def edit(change):
    """Changes the manifest, and makes its own hash right."""

    def damage(folder):
        manifest = json.loads((folder / MANIFEST).read_text())
        changed = change(manifest)
        write_signed(folder, manifest if changed is None else changed)

    return damage


def put(value, *keys):
    """Sets one entry of the manifest."""

    def change(manifest):
        *path, last = keys
        for key in path:
            manifest = manifest[key]
        manifest[last] = value

    return edit(change)


def drop(*keys):
    def change(manifest):
        *path, last = keys
        for key in path:
            manifest = manifest[key]
        del manifest[last]

    return edit(change)


def program_line(old, new, *, sign=True):
    """Replaces a line of the program's text, and makes its hash right if that is possible."""

    def change(manifest):
        lines = manifest["program"]
        lines[lines.index(old)] = new
        if sign:
            text = "\n".join(lines) + "\n"
            manifest["program_sha256"] = hashlib.sha256(text.encode()).hexdigest()

    return edit(change)


def rewrite(change, *, shapes=True):
    """Changes the arrays, and makes hash and shapes right again."""

    def damage(folder):
        arrays = safetensors.numpy.load((folder / WEIGHTS).read_bytes())
        change(arrays)
        data = safetensors.numpy.save(arrays)
        (folder / WEIGHTS).write_bytes(data)
        manifest = json.loads((folder / MANIFEST).read_text())
        manifest["weights_sha256"] = hashlib.sha256(data).hexdigest()
        if shapes:
            manifest["shapes"] = {name: list(array.shape) for name, array in arrays.items()}
        write_signed(folder, manifest)

    return damage


def signed(data):
    """Puts other bytes in place of the weights, with the right hash."""

    def damage(folder):
        (folder / WEIGHTS).write_bytes(data)
        put(hashlib.sha256(data).hexdigest(), "weights_sha256")(folder)

    return damage


def halve(name):
    return rewrite(lambda arrays: arrays.update({name: arrays[name].astype(np.float16)}))


def shorten(name):
    return rewrite(lambda arrays: arrays.update({name: arrays[name][:-1].copy()}))


INDEX = "variable index range 6 position [0,1,2,3,4,5]"
DAMAGE = {
    "no weights": (remove(WEIGHTS), "weights.safetensors: No such file"),
    "no manifest": (remove(MANIFEST), "expected a directory written by Model.save or by"),
    "a weight with one bit flipped": (flip(WEIGHTS, -5), "changed after it was saved"),
    "a header with one bit flipped": (flip(WEIGHTS, 20), "changed after it was saved"),
    "weights cut short": (cut(WEIGHTS), "changed after it was saved"),
    "empty weights": (write(WEIGHTS, b""), "changed after it was saved"),
    "weights that are no safetensors": (signed(b"weights"), "not a safetensors file"),
    "a manifest cut short": (cut(MANIFEST), "manifest.json: not JSON"),
    "an empty manifest": (write(MANIFEST, b""), "manifest.json: not JSON"),
    "a manifest that is no text": (write(MANIFEST, b"\xff\xfe\xff"), "manifest.json: not JSON"),
    "a manifest that is a list": (write(MANIFEST, b"[]"), "expected a JSON object, got '[]'"),
    "a manifest with a key twice": (write(MANIFEST, b'{"a": 1, "a": 2}'), "a key is there twice"),
    "a manifest that is a folder": (
        instead(MANIFEST, Path.mkdir),
        "Is a directory",
    ),
    "a manifest that is a pipe": (instead(MANIFEST, os.mkfifo), "got a folder, a pipe or a device"),
    "weights that are a pipe": (instead(WEIGHTS, os.mkfifo), "got a folder, a pipe or a device"),
    "weights that never end": (
        instead(WEIGHTS, lambda path: path.symlink_to("/dev/zero")),
        "got a folder, a pipe or a device",
    ),
    "a manifest of another format": (put("alta-model 2", "format"), "format 'alta-model 1'"),
    "a manifest without layout": (drop("layout"), "manifest.json: missing: layout"),
    "a manifest without hashes": (
        edit(lambda m: {key: m[key] for key in m if "sha256" not in key}),
        "missing: manifest_sha256, program_sha256, weights_sha256",
    ),
    "another weights hash": (put("0" * 64, "weights_sha256"), "the manifest says 000000000000…"),
    "a weights hash that is no str": (put(0, "weights_sha256"), "the manifest says 0…"),
    "another program hash": (put("0" * 64, "program_sha256"), "program was changed after"),
    "an edited program": (
        program_line("output parity", "output done", sign=False),
        "the program was changed after it was saved",
    ),
    "a program that cannot be read": (
        program_line("output parity", "outputs parity"),
        "manifest.json: program text, line",
    ),
    "a program that is refused": (
        program_line("output parity", "output index_left2"),
        "manifest.json: output_name: no variable 'index_left2'",
    ),
    "a program with a malformed language": (
        program_line("inputs anything", 'inputs regex "("'),
        "manifest.json:",
    ),
    "a program with a first value out of range": (
        program_line(INDEX, INDEX.replace("5]", "6]")),
        "manifest.json: initial value of variable 'index' at position 5: expected 0 … 5, got 6",
    ),
    "a program in the normal form of nobody": (
        program_line("halt done=1", "halt done=01"),
        "cannot read 'halt done=01'",
    ),
    "a program that is no list": (put(3, "program"), "manifest.json:"),
    "a program that is a list of numbers": (put([3], "program"), "manifest.json:"),
    "a larger program": (
        program_line(INDEX, "variable index range 7 position [0,1,2,3,4,5]"),
        "head 'parity_left': query 'index_left' has range 6 and key 'index' has range 7",
    ),
    "another vocabulary": (put(["a", "b"], "vocab"), "the vocabulary is not the program's"),
    "another dtype": (put("float16", "dtype"), "is float32, the manifest says float16"),
    "an unknown dtype": (put("int8", "dtype"), "is float32, the manifest says int8"),
    "other shapes": (put([6, 21], "shapes", "position_embedding"), "arrays and the shapes"),
    "a max_len of 0": (put(0, "max_len"), "max_len: expected null or an int of at least 1, got 0"),
    "a max_len that is no int": (put("5", "max_len"), "max_len: expected null or an int"),
    "a layout without columns": (drop("layout", "columns"), "layout: expected a width and a list"),
    "a layout that is a list": (put([], "layout"), "layout: expected a width and a list"),
    "columns that are a list": (put([], "layout", "columns"), "layout: expected a width"),
    "columns that are no numbers": (
        put(["0", "1"], "layout", "columns", "parity"),
        "layout: expected a width and a list",
    ),
    "a width that is no int": (put(20.5, "layout", "width"), "layout: expected a width"),
    "a layout without a variable": (
        drop("layout", "columns", "parity"),
        "exactly the variables and heads of 'parity_sequential_absolute'; missing or unknown",
    ),
    "a layout with another variable": (
        put([], "layout", "columns", "more"),
        "missing or unknown: more",
    ),
    "a layout of overlapping variables": (
        put([1, 2], "layout", "columns", "parity"),
        "expected every coordinate 0 … 19 to be used exactly once",
    ),
    "a layout past the end": (
        put([0, 20], "layout", "columns", "parity"),
        "expected every coordinate 0 … 19 to be used exactly once",
    ),
    "a layout with too few coordinates": (
        put([0], "layout", "columns", "parity"),
        "layout: 'parity' takes 2 coordinates, got 1",
    ),
    "a wider layout": (put(21, "layout", "width"), "expected every coordinate 0 … 20"),
    "other scales": (
        put(8.0, "scales", "attention", "parity_left"),
        "scales: expected those of the weights, {'attention': {'parity_left': 16.0",
    ),
    "a missing array": (
        rewrite(lambda arrays: arrays.pop("mlp.lookup_in")),
        "weights: the file lacks the array mlp.lookup_in",
    ),
    "a missing matrix of a head": (
        rewrite(lambda arrays: arrays.pop("heads.done_left.key")),
        "weights: the file lacks the array heads.done_left.key",
    ),
    "one array too many": (
        rewrite(lambda arrays: arrays.update(more=np.zeros(2, np.float32))),
        "weights: the file has arrays that the program does not",
    ),
    "an array of another dtype": (halve("mlp.lookup_in"), "array mlp.lookup_in is float16"),
    "an array of another shape": (
        rewrite(lambda arrays: arrays.update({"mlp.lookup_in": arrays["mlp.lookup_in"].T.copy()})),
        "weights: mlp.lookup_in has shape",
    ),
    "fewer tokens": (shorten("token_embedding"), "token_embedding has shape (1, 20)"),
    "fewer positions": (shorten("position_embedding"), "position_embedding has 5 rows"),
    "fewer biases": (shorten("mlp.lookup_out_bias"), "weights: mlp.lookup_out_bias has shape"),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGE.values(), ids=DAMAGE)
def test_a_directory_is_refused_that_has(damage, message, saved):
    alta.load(saved)
    damage(saved)
    with pytest.raises(ModelError) as caught:
        alta.load(saved)
    assert message in str(caught.value)


def test_what_is_no_directory_is_refused(tmp_path):
    (tmp_path / "file").write_text("text")
    for path in (tmp_path / "nothing", tmp_path / "file"):
        with pytest.raises(ModelError, match=r"expected a directory written by Model\.save"):
            alta.load(path)


def test_a_saved_model_need_not_be_right(saved):
    rewrite(lambda arrays: arrays.update({"mlp.lookup_out": -arrays["mlp.lookup_out"]}))(saved)
    model = alta.load(saved)
    assert model.run([1, 1], 1) != alta.run(PROGRAM, [1, 1], 1)


@pytest.mark.parametrize("seed", range(40))
def test_a_flipped_bit_of_a_saved_model_never_goes_unnoticed(seed, saved):
    rng = random.Random(seed)
    path: Path = saved / rng.choice([WEIGHTS, MANIFEST])
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    try:
        loaded = alta.load(saved)
    except ModelError:
        return
    # A manifest may say the same in other words, and max_len and the layout are its own to say.
    assert path.name == MANIFEST
    assert bits(loaded) == bits(MODEL)
    assert loaded.program == PROGRAM
