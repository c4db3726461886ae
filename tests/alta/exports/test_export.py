"""Exporting names its forms, and writes only what has weights."""

from __future__ import annotations

import pytest

import alta
from alta.command.main import main
from alta.errors import AltaError, ModelError

MODEL = alta.compile(alta.programs.parity_sequential_relative())


def test_an_unknown_form_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(ModelError, match=r"to='pytorch': expected one of torch.*mean 'torch'"):
        alta.export(MODEL, tmp_path, to="pytorch")


def test_a_function_has_nothing_to_write(tmp_path):
    with pytest.raises(ModelError, match="a function has no weights"):
        alta.export(MODEL.with_mlp(lambda x: x), tmp_path)


def test_a_place_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(AltaError, match="expected a folder"):
        alta.export(MODEL, tmp_path / "file")


def test_the_command_exports_compiled_and_given_weights(tmp_path, capsys):
    name = "parity_sequential_relative"
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    assert main(["export", name, "--to", "torch", first, "--dtype", "bfloat16"]) == 0
    assert f"bfloat16; written to {first}" in capsys.readouterr().out
    assert main(["export", name, "--to", "torch", second, "--weights", first]) == 0
    assert alta.load(second).dtype == "bfloat16"
    for words, message in (
        (["--weights", first, "--dtype", "float32"], "--weights has its own"),
        (["--weights", first, "--with", "x=1"], "x"),
    ):
        assert main(["export", name, "--to", "torch", second, *words]) == 2
        assert message in capsys.readouterr().err
    assert main(["export", "addition", "--to", "torch", second, "--weights", first]) == 2
    assert "its weights are for program 'parity_sequential_relative'" in capsys.readouterr().err
