"""The hash of the code: every file counts, and code that was edited meanwhile has none."""

from __future__ import annotations

import pytest

from alta_verify.cache import code
from alta_verify.cache.code import code_hash, hash_files


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "one.py").write_text("x = 1\n")
    (tmp_path / "inner" / "two.py").write_text("y = 2\n")
    return tmp_path


def test_the_same_files_have_the_same_hash(folder):
    assert hash_files([folder]) == hash_files([folder])


CHANGES = {
    "edited": lambda folder: (folder / "one.py").write_text("x = 2\n"),
    "added": lambda folder: (folder / "inner" / "three.py").write_text(""),
    "removed": lambda folder: (folder / "one.py").unlink(),
    "renamed": lambda folder: (folder / "one.py").rename(folder / "other.py"),
    "moved": lambda folder: (folder / "one.py").rename(folder / "inner" / "one.py"),
    "compiled": lambda folder: (folder / "one.so").write_bytes(b"\x7fELF"),
}


@pytest.mark.parametrize("how", list(CHANGES))
def test_whatever_is_done_to_a_file_changes_the_hash(folder, how):
    before = hash_files([folder])
    CHANGES[how](folder)
    assert hash_files([folder]) != before


def test_what_moves_from_one_file_to_the_next_changes_the_hash(folder):
    before = hash_files([folder])
    (folder / "one.py").write_text("x = ")
    (folder / "one.py2").write_text("1\n")
    assert hash_files([folder]) != before


def test_what_python_keeps_for_itself_does_not_count(folder):
    before = hash_files([folder])
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "one.cpython-311.pyc").write_bytes(b"anything")
    assert hash_files([folder]) == before


def test_both_packages_are_hashed():
    assert sorted(folder.name for folder in code._PACKAGES) == ["alta", "alta_verify"]
    assert all((folder / "__init__.py").is_file() for folder in code._PACKAGES)
    assert len(code_hash() or "") == 64


def test_code_that_was_edited_after_it_was_imported_has_no_hash(monkeypatch):
    monkeypatch.setattr(code, "_IMPORTED", "the hash of another day")
    assert code_hash() is None


def test_code_that_is_in_no_files_has_no_hash(monkeypatch, tmp_path):
    monkeypatch.setattr(code, "__file__", str(tmp_path / "archive.zip" / "code.py"))
    assert code._read() is None


def test_files_that_cannot_be_read_have_no_hash(monkeypatch):
    def refused(folders: object) -> str:
        raise PermissionError

    monkeypatch.setattr(code, "hash_files", refused)
    assert code._read() is None
