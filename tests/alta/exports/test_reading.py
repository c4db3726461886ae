"""Whatever holds a model is read, and an error lists what could have been."""

from __future__ import annotations

import pytest

import alta
from alta.errors import ModelError
from alta.nn.weights import named

MODEL = alta.compile(alta.programs.parity_sequential_relative())


def bits(model):
    return [array.tobytes() for _, array in named(model.weights)]


def test_every_form_is_read_by_its_files(tmp_path):
    MODEL.save(tmp_path / "saved")
    alta.export(MODEL, tmp_path / "torch")
    for name in ("saved", "torch", "torch/model.safetensors"):
        assert bits(alta.load(tmp_path / name)) == bits(MODEL)
        assert bits(alta.load(str(tmp_path / name))) == bits(MODEL)


def test_what_cannot_be_read_is_told_what_can(tmp_path):
    with pytest.raises(ModelError) as caught:
        alta.load(tmp_path / "nothing")
    for word in (
        "manifest.json",
        "config.json and model.safetensors",
        ".safetensors",
        "no such file",
    ):
        assert word in str(caught.value)
    with pytest.raises(ModelError, match="it has nothing"):
        alta.load(tmp_path)
    for name in "abcdefghij":
        (tmp_path / name).touch()
    with pytest.raises(ModelError, match="it has a, b, c, d, e, f, g, h, …"):
        alta.load(tmp_path)


@pytest.mark.parametrize("name", ["model.pt", "pytorch_model.bin", "last.ckpt"])
def test_a_file_of_pickle_is_not_opened(name, tmp_path):
    (tmp_path / name).write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    with pytest.raises(ModelError, match=r"runs code when it is opened.*module\.save\(directory\)"):
        alta.load(tmp_path / name)
