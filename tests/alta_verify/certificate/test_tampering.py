"""Tampering: a file that is not as it was written is refused, whatever was done to it."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta_verify.check.files import EVIDENCE, FILES, MANIFEST, MODEL, QUERIES
from alta_verify.check.run import check
from tests.alta_verify.certificate.forging import copied

ALL = (MANIFEST, *FILES)


def refusal(folder: Path) -> str:
    outcome = check(folder)
    assert not outcome.checked
    assert outcome.reason
    return outcome.reason


def test_a_certificate_that_nobody_touched_is_checked(certificates):
    for folder in certificates.values():
        outcome = check(folder)
        assert outcome.checked, outcome.reason


@pytest.mark.parametrize("name", ALL)
def test_a_byte_more_or_less_or_other_is_refused(name, certificate, tmp_path):
    folder = copied(certificate, tmp_path)
    data = (folder / name).read_bytes()
    middle = len(data) // 2
    for changed in (
        data + b"\n",
        data[:-1],
        b" " + data,
        data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
        b"",
    ):
        (folder / name).write_bytes(changed)
        refusal(folder)
    (folder / name).write_bytes(data)
    assert check(folder).checked


@pytest.mark.parametrize("name", ALL)
def test_a_missing_file_is_refused(name, certificate, tmp_path):
    folder = copied(certificate, tmp_path)
    (folder / name).unlink()
    assert refusal(folder) == f"{name} is missing"


@pytest.mark.parametrize("name", ["more.txt", "model/more.txt", "more/more.txt", ".hidden"])
def test_a_file_more_is_refused(name, certificate, tmp_path):
    folder = copied(certificate, tmp_path)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("more")
    assert "is no part of a certificate" in refusal(folder)


@pytest.mark.parametrize("name", ALL)
def test_a_link_is_refused(name, certificate, tmp_path):
    folder = copied(certificate, tmp_path)
    (folder / name).rename(tmp_path / "elsewhere")
    (folder / name).symlink_to(tmp_path / "elsewhere")
    assert refusal(folder) == f"{name} is no regular file"


def test_a_folder_in_the_place_of_a_file_is_refused(certificate, tmp_path):
    folder = copied(certificate, tmp_path)
    (folder / EVIDENCE).unlink()
    (folder / EVIDENCE).mkdir()
    assert EVIDENCE in refusal(folder)


def test_files_exchanged_are_refused(certificate, tmp_path):
    folder = copied(certificate, tmp_path)
    shutil.copy(folder / EVIDENCE, folder / QUERIES)
    assert f"{QUERIES} was changed" in refusal(folder)


@pytest.mark.parametrize("field", ["format", "claim", "max_len", "obligations", "prover", "sha256"])
def test_a_field_of_the_manifest_cannot_be_edited(field, certificate, tmp_path):
    folder = copied(certificate, tmp_path)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest[field] = {"max_len": 7, "obligations": [], "prover": {}}.get(field, "other")
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
    refusal(folder)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "null", '{"format": NaN}', "[" * 100_000, '{"a": 1, "a": 1}', "\x00"],
    ids=["empty", "list", "open", "null", "nan", "deep", "twice", "zero"],
)
@pytest.mark.parametrize("name", [MANIFEST, MODEL, EVIDENCE])
def test_what_is_no_json_object_is_refused(name, text, certificate, tmp_path):
    folder = copied(certificate, tmp_path)
    (folder / name).write_text(text)
    reason = "is not" if name == MANIFEST else "was changed"
    assert refusal(folder).startswith(f"{name} {reason}")


@given(st.data())
def test_no_byte_can_be_edited(certificate, data):
    name = data.draw(st.sampled_from(ALL))
    original = (certificate / name).read_bytes()
    at = data.draw(st.integers(0, len(original) - 1))
    put = data.draw(st.binary(max_size=3).filter(lambda some: some != original[at : at + 1]))
    with tempfile.TemporaryDirectory() as scratch:
        folder = copied(certificate, Path(scratch))
        changed = original[:at] + put + original[at + 1 :]
        (folder / name).write_bytes(changed)
        assert check(folder).checked is (changed == original)


def test_a_folder_without_anything_is_refused(tmp_path):
    assert refusal(tmp_path) == f"{MANIFEST} is missing"
