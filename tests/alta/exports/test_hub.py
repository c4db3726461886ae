"""A folder for Hugging Face has the vocabulary, and a card that claims what a certificate does."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

import alta
from alta.command.main import main
from alta.errors import ModelError
from alta.nn.weights import named
from tests.alta.exports.courses import PROGRAMS

PROOFS = Path(__file__).resolve().parents[3] / "proofs"
NAME = "parity_sequential_relative"
CERTIFICATE = PROOFS / NAME
MODEL = alta.load(CERTIFICATE / "model")


def bits(model):
    return [(name, str(array.dtype), array.tobytes()) for name, array in named(model.weights)]


def test_a_folder_has_four_files_and_is_read_back_bit_for_bit(tmp_path):
    alta.export(MODEL, tmp_path, to="hf")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("README.md", "config.json", "model.safetensors", "tokenizer.json"),
        "tokenizer_config.json",
    ]
    assert bits(alta.load(tmp_path)) == bits(MODEL)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_card_of_every_program_has_its_language_and_an_input_of_it(name, tmp_path):
    program = alta.programs.get(name, **PROGRAMS[name][0])
    alta.export(alta.compile(program), tmp_path, to="hf")
    card = (tmp_path / "README.md").read_text()
    assert "Nothing is proved here" in card
    example = card.partition('module("')[2].partition('")')[0]
    assert program.inputs.contains(example.split())
    vocab = json.loads((tmp_path / "tokenizer.json").read_text())["model"]["vocab"]
    assert [*vocab.items()] == [(token, number) for number, token in enumerate(program.vocab)]


def test_the_card_has_the_theorem_and_the_hash_of_its_certificate(tmp_path):
    alta.export(MODEL, tmp_path, to="hf", certificate=CERTIFICATE)
    card = (tmp_path / "README.md").read_text()
    certificate = json.loads((CERTIFICATE / "certificate.json").read_text())
    assert certificate["claim"] in card
    assert certificate["sha256"] in card
    assert hashlib.sha256((tmp_path / "model.safetensors").read_bytes()).hexdigest() in card
    assert "Nothing is proved" not in card


def test_a_card_has_no_theorem_of_other_weights(tmp_path):
    weights = MODEL.weights
    moved = MODEL.with_weights(
        type(weights)(
            np.nextafter(weights.token_embedding, np.float32(2)),
            *(weights.position_embedding, weights.heads, weights.mlp),
        )
    )
    for model, certificate in ((moved, CERTIFICATE), (MODEL, PROOFS / "parity_sum_mod_2")):
        with pytest.raises(ModelError, match="about other weights, or another program"):
            alta.export(model, tmp_path, to="hf", certificate=certificate)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("text", "message"), [("{}", "with a claim and a sha256"), ("", "not JSON")]
)
def test_a_certificate_that_is_none_is_refused(text, message, tmp_path):
    (tmp_path / "certificate.json").write_text(text)
    with pytest.raises(ModelError, match=message):
        alta.export(MODEL, tmp_path / "out", to="hf", certificate=tmp_path)
    with pytest.raises(ModelError, match="expected the certificate that"):
        alta.export(MODEL, tmp_path / "out", to="hf", certificate=tmp_path / "nothing")


def test_a_certificate_is_for_a_card(tmp_path):
    with pytest.raises(ModelError, match=r"certificate=.*expected to='hf', which takes it"):
        alta.export(MODEL, tmp_path, to="torch", certificate=CERTIFICATE)


def test_the_command_takes_the_certificate(tmp_path, capsys):
    words = ["--weights", str(CERTIFICATE / "model"), "--certificate", str(CERTIFICATE)]
    assert main(["export", NAME, "--to", "hf", str(tmp_path), *words]) == 0
    assert "certificate has the SHA-256" in (tmp_path / "README.md").read_text()


def test_the_library_of_tokenizers_reads_the_vocabulary(tmp_path):
    reason = "tokenizers is not installed: tokenizer.json is not read by it"
    tokenizers = pytest.importorskip("tokenizers", reason=reason)
    alta.export(MODEL, tmp_path, to="hf")
    tokenizer = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert tokenizer.encode("START 1  0").ids == [2, 1, 0]
    assert tokenizer.decode([2, 1]) == "START 1"
    with pytest.raises(Exception, match=r"Missing \[UNK\]"):
        tokenizer.encode("STAR")
