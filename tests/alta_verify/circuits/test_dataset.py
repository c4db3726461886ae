"""A data set has programs whose models are proved, and is the same for the same arguments."""

from __future__ import annotations

import json

import pytest

import alta
from alta_verify import circuit
from alta_verify.check.run import check
from alta_verify.circuits import dataset
from alta_verify.circuits.analysis import UnprovedError
from alta_verify.circuits.dataset import INDEX, write_dataset
from alta_verify.verification import verify

SMALL = {"tokens": 2, "length": 2, "variables": 2, "heads": 1}


@pytest.mark.campaign
def test_what_is_written_can_be_read_proved_and_checked_again(tmp_path):
    lines = write_dataset(tmp_path / "set", 2, seed=3, certificates=True, **SMALL)
    index = (tmp_path / "set" / INDEX).read_text().splitlines()
    assert [json.loads(line) for line in index] == lines
    for line in lines:
        folder = tmp_path / "set" / line["folder"]
        program = alta.parse_program((folder / "program.alta").read_text())
        assert alta.program_text(program) == alta.program_text(
            alta.sample_program(line["seed"], **SMALL)
        )
        assert verify(program, alta.load(folder / "model"), max_len=2).proved
        assert check(folder / "certificate").checked
        entries = json.loads((folder / "circuit.json").read_text())
        assert entries["program_sha256"] == line["program_sha256"]
    again = write_dataset(tmp_path / "again", 2, seed=3, **SMALL)
    assert again == lines
    for name in ("circuit.json", "program.alta", "model/weights.safetensors"):
        first, second = (tmp_path / root / lines[0]["folder"] / name for root in ("set", "again"))
        assert first.read_bytes() == second.read_bytes()


def test_what_is_not_proved_is_left_out_and_too_few_are_refused(tmp_path, monkeypatch):
    asked = []

    def unproved(program, **_):
        asked.append(program.name)
        raise UnprovedError("not proved")

    monkeypatch.setattr(dataset, "circuit", unproved)
    with pytest.raises(alta.AltaError, match="0 of 2 programs were proved, of 8 that were tried"):
        write_dataset(tmp_path, 2, seed=5, **SMALL)
    assert asked == [f"sampled_{seed}" for seed in range(5, 13)]
    assert not (tmp_path / INDEX).exists()


@pytest.mark.parametrize(
    ("number", "knobs", "message"),
    [
        (0, {}, "expected a number of at least 1, got 0"),
        (1, {"tokens": 0}, "tokens: expected an int of at least 1"),
        (1, {}, "expected an empty folder"),
    ],
    ids=["number", "knob", "folder"],
)
def test_a_call_that_makes_no_sense_writes_nothing(tmp_path, number, knobs, message):
    (tmp_path / "file").touch()
    with pytest.raises(alta.AltaError, match=message):
        write_dataset(tmp_path, number, **(SMALL | knobs))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_that_a_model_is_not_proved_has_an_error_of_its_own():
    program = alta.sample_program(3, **SMALL)
    assert issubclass(UnprovedError, alta.AltaError)
    with pytest.raises(alta.AltaError, match="max_len: expected an int, got None"):
        circuit(program, max_len=None)
