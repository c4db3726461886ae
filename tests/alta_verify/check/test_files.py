"""The files of a certificate are exactly those that its manifest names."""

from __future__ import annotations

import io
import json
import shutil
import zipfile

import pytest

from alta_verify.check.files import (
    MANIFEST,
    PROGRAM,
    QUERIES,
    Queries,
    canonical,
    digest,
    read_certificate,
)
from alta_verify.check.refused import Refused
from proofs.regenerate import CERTIFICATES


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(CERTIFICATES / "parity_sequential_relative", tmp_path / "copy")


def test_a_certificate_is_read_as_it_was_written(copy):
    certificate = read_certificate(copy)
    assert certificate.program == (copy / PROGRAM).read_text()
    assert canonical(certificate.manifest) == (copy / MANIFEST).read_text()


@pytest.mark.parametrize(
    ("name", "reason"), [(PROGRAM, "was changed: the manifest says"), (MANIFEST, "is not JSON")]
)
def test_a_file_with_a_byte_more_is_refused(name, reason, copy):
    with (copy / name).open("a") as file:
        file.write("x")
    with pytest.raises(Refused, match=f"{name} {reason}"):
        read_certificate(copy)


def test_a_manifest_in_another_form_is_refused_with_the_line(copy):
    text = (copy / MANIFEST).read_text()
    (copy / MANIFEST).write_text(text.replace(' "claim"', '  "claim"'))
    with pytest.raises(Refused, match="form in which it was written: line 3 is"):
        read_certificate(copy)


def test_a_manifest_with_what_is_no_number_is_refused(copy):
    said = {**json.loads((copy / MANIFEST).read_text()), "prover": {"seconds": float("nan")}}
    (copy / MANIFEST).write_text(json.dumps(said, indent=1) + "\n")
    with pytest.raises(Refused, match="is not JSON: Out of range float values"):
        read_certificate(copy)


def test_a_digest_depends_on_what_is_said_and_not_on_its_order():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1, "b": 3})


def archive(**texts: str) -> tuple[zipfile.ZipFile, int]:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        for name, text in texts.items():
            file.writestr(name, text)
    return zipfile.ZipFile(data), len(data.getvalue())


def test_queries_are_taken_in_order_and_to_the_end():
    queries = Queries(*archive(first="a\n", second="b\n"))
    queries.expect("first", "a\n")
    with pytest.raises(Refused, match=f"{QUERIES}: expected third, found 'second'"):
        queries.expect("third", "b\n")
    with pytest.raises(Refused, match="follows from the weights: line 1 is 'b', expected 'c'"):
        queries.expect("second", "c\n")
    with pytest.raises(Refused, match="'second' is one too many, expected 1 queries"):
        queries.expect_end()
    queries.expect("second", "b\n")
    queries.expect_end()
    with pytest.raises(Refused, match="third is missing, after 2 queries"):
        queries.expect("third", "")


def test_an_archive_with_something_between_its_entries_is_refused():
    file, size = archive(first="a")
    with pytest.raises(Refused, match=f"has {size + 1} bytes, and its entries are {size}"):
        Queries(file, size + 1)
