"""Exported folders: what is written is read back, and what does not fit is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import safetensors.numpy

import alta
from alta.errors import ModelError
from alta.nn import storage
from alta.nn.weights import named
from alta_verify.command.main import main
from tests.alta.lang.toys import ODD_NAMES

PROGRAM = alta.programs.parity_sequential_relative()
MODEL = alta.compile(PROGRAM, max_len=5)
CONFIG, WEIGHTS = "config.json", "model.safetensors"


@pytest.fixture
def folder(tmp_path):
    alta.export(MODEL, tmp_path / "exported")
    return tmp_path / "exported"


def bits(model):
    return [(name, str(array.dtype), array.tobytes()) for name, array in named(model.weights)]


def tensors(folder):
    return safetensors.numpy.load((folder / WEIGHTS).read_bytes())


def same(model):
    return bits(model) == bits(MODEL) and model.layout == MODEL.layout and model.max_len == 5


def test_a_folder_and_its_file_are_read_back_bit_for_bit(folder):
    assert sorted(path.name for path in folder.iterdir()) == [CONFIG, WEIGHTS]
    assert same(alta.load(folder))
    (folder / CONFIG).unlink()
    assert same(alta.load(folder / WEIGHTS))


def test_names_of_any_characters_are_kept(tmp_path):
    program = alta.program_spec_from_rules(
        name="\U0001f3b2\x9b",
        variables={name: alta.var(2) for name in ODD_NAMES},
        heads={f"{name}.query": alta.v_relative(name, 1) for name in ODD_NAMES},
        rules=[],
        output_name=ODD_NAMES[0],
        input_range=2,
        layers=1,
    )
    alta.export(alta.compile(program), tmp_path)
    assert alta.load(tmp_path).program == alta.load(tmp_path / WEIGHTS).program == program


def test_weights_saved_without_a_header_need_the_configuration_beside_them(folder):
    safetensors.numpy.save_file(tensors(folder), folder / "trained.safetensors")
    assert same(alta.load(folder / "trained.safetensors"))
    (folder / CONFIG).unlink()
    with pytest.raises(ModelError, match=r"its header does not say .* expected config.json beside"):
        alta.load(folder / "trained.safetensors")


@pytest.mark.campaign
def test_changed_weights_are_read_and_refuted(folder, tmp_path, capsys):
    changed = tensors(folder)
    changed["attn.W_V"][0] = changed["attn.W_V"][0][:, ::-1]
    safetensors.numpy.save_file(changed, folder / WEIGHTS)
    name = "parity_sequential_relative"
    options = ["--max-len", "4", "--no-cache", "--weights"]
    assert main([name, *options, str(folder)]) == 1
    assert "REFUTED" in capsys.readouterr().out
    assert main([name, *options, str(folder / WEIGHTS)]) == 1
    alta.export(MODEL, folder)
    assert main([name, *options, str(folder)]) == 0


# --- damage ---------------------------------------------------------------------------------------


def entry(name, value):
    def damage(folder):
        config = json.loads((folder / CONFIG).read_text())
        config[name] = value
        (folder / CONFIG).write_text(json.dumps(config))

    return damage


def without(name):
    def damage(folder):
        config = json.loads((folder / CONFIG).read_text())
        del config[name]
        (folder / CONFIG).write_text(json.dumps(config))

    return damage


def write(name, data):
    return lambda folder: (folder / name).write_bytes(data)


def integers(folder):
    arrays = tensors(folder) | {"embed.W_E": np.zeros((3, 8), np.int8)}
    safetensors.numpy.save_file(arrays, folder / WEIGHTS)


DAMAGE = {
    "no weights": (lambda folder: (folder / WEIGHTS).unlink(), "files of pickle run code"),
    "weights that are none": (write(WEIGHTS, b"weights"), "not a safetensors file"),
    "weights cut short": (
        lambda folder: write(WEIGHTS, (folder / WEIGHTS).read_bytes()[:-4])(folder),
        "not a safetensors file",
    ),
    "weights of integers": (integers, "array embed.W_E is I8; expected one of F64, F32, BF16"),
    "a configuration that is no JSON": (write(CONFIG, b"{"), "config.json: not JSON"),
    "another format": (
        entry("format", "gpt2"),
        "format: expected 'alta-transformer 1', got 'gpt2'",
    ),
    "no format": (without("format"), "format: expected 'alta-transformer 1', got None"),
    "no layout": (without("layout"), "missing: layout; export the model anew"),
    "another program": (entry("program_sha256", "0"), "the program was changed after it was saved"),
    "a program that is no text": (entry("program", [1]), "program: expected a list of lines"),
    "another vocabulary": (entry("vocab", ["a"]), "the vocabulary is not the program's"),
    "another layout": (entry("layout", {"width": 8, "columns": {}}), "layout: expected exactly"),
    "a layout that is too wide": (
        entry("layout", storage.layout_entry(replace(MODEL.layout, width=9))),
        "layout: expected every coordinate 0 … 8 to be used exactly once",
    ),
    "a bound of no number": (entry("max_len", "5"), "max_len: expected null or an int"),
    "heads of no program": (entry("heads", {"a": [0, 2]}), "the widths of key and value for each"),
    "heads without widths": (
        entry("heads", {"parity_left": 2, "done_left": [0, 2]}),
        "heads: expected the widths of key and value for each of parity_left, done_left",
    ),
    "names that are numbers": (entry("sparse", [3]), "sparse: expected a list of names, got"),
    "an activation of no name": (
        entry("activation", "swish"),
        "or one of relu, gelu, tanh, sigmoid",
    ),
    "a compiled block that is called learned": (
        entry("activation", "relu"),
        "missing: mlp.layers.0.W, mlp.layers.0.b; unknown: mlp.W_in",
    ),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGE.values(), ids=DAMAGE)
def test_a_folder_is_refused_that_has(damage, message, folder):
    damage(folder)
    with pytest.raises(ModelError) as caught:
        alta.load(folder)
    assert message in str(caught.value)
    assert str(folder) in str(caught.value) or message.startswith("layout")
