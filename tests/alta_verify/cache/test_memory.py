"""Memory: what is proved is kept; what is damaged, edited or of others is not believed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import alta
from alta.errors import AltaError
from alta_verify.cache import key, memory
from alta_verify.cache.memory import Memory, user_folder
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.report.finding import Finding, Result
from tests.alta_verify.obligations import named

PROGRAM = alta.programs.parity_sequential_relative()
TASK = Task(PROGRAM, alta.compile(PROGRAM), 4, None, Deadline.after(None))
OTHER = Task(PROGRAM, TASK.model, 5, None, Deadline.after(None))
CLAIMS = {"one": "the first", "two": "the second"}
WORD = (2, 1, 0)


@pytest.fixture(autouse=True)
def the_code_is_not_edited_meanwhile(monkeypatch):
    monkeypatch.setattr(key, "code_hash", lambda: "code")


def shown(name: str, result: Result = Result.PROVED, *, cached: bool = False) -> Finding:
    return Finding(named(name), CLAIMS[name], result, f"{name} ≤ seen", 1.0, cached=cached)


def test_what_was_proved_is_recalled_with_its_method(tmp_path):
    Memory.of(TASK, CLAIMS, tmp_path / "new" / "folder").remember(shown("one"))
    known = Memory.of(TASK, CLAIMS, str(tmp_path / "new" / "folder"))
    assert known.proved == {"one": "one ≤ seen"}
    assert known.suspect is None


def test_what_is_proved_later_joins_what_was_before(tmp_path):
    Memory.of(TASK, CLAIMS, tmp_path).remember(shown("one"))
    Memory.of(TASK, CLAIMS, tmp_path).remember(shown("two"))
    assert set(Memory.of(TASK, CLAIMS, tmp_path).proved) == set(CLAIMS)


@pytest.mark.parametrize("result", [Result.OPEN, Result.FAILED])
def test_nothing_is_kept_but_proofs(tmp_path, result):
    Memory.of(TASK, CLAIMS, tmp_path).remember(shown("one", result))
    assert list(tmp_path.iterdir()) == []


def test_what_was_recalled_is_not_kept_as_new(tmp_path):
    Memory.of(TASK, CLAIMS, tmp_path).remember(shown("one", cached=True))
    assert list(tmp_path.iterdir()) == []


def test_another_theorem_is_another_file(tmp_path):
    Memory.of(TASK, CLAIMS, tmp_path).remember(shown("one"))
    assert Memory.of(OTHER, CLAIMS, tmp_path).proved == {}


def test_a_file_under_the_name_of_another_theorem_is_not_believed(tmp_path):
    mine, theirs = Memory.of(TASK, CLAIMS, tmp_path), Memory.of(OTHER, CLAIMS, tmp_path)
    mine.remember(shown("one"))
    mine.path.rename(theirs.path)
    assert Memory.of(OTHER, CLAIMS, tmp_path).proved == {}


def test_an_obligation_that_says_something_else_now_is_not_recalled(tmp_path):
    Memory.of(TASK, CLAIMS, tmp_path).remember(shown("one"))
    assert Memory.of(TASK, {"one": "more than that"}, tmp_path).proved == {}
    assert Memory.of(TASK, {"two": CLAIMS["one"]}, tmp_path).proved == {}


# --- damage ---------------------------------------------------------------------------------------


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def edited(data: bytes) -> bytes:
    entry = json.loads(data)
    entry["proved"]["two"] = [CLAIMS["two"], "seen in a dream"]
    return json.dumps(entry).encode()


def without(name: str):
    def change(data: bytes) -> bytes:
        entry = json.loads(data)
        del entry[name]
        return json.dumps(entry).encode()

    return change


def signed(**changes: object):
    """The entry changed, with a hash that is right."""

    def change(data: bytes) -> bytes:
        entry = json.loads(data) | changes
        del entry["sha256"]
        return json.dumps({**entry, "sha256": memory._digest(entry)}).encode()

    return change


DAMAGE = {
    "cut off": cut,
    "edited": edited,
    "one letter changed": lambda data: data.replace(b"seen", b"Seen"),
    "empty": lambda data: b"",
    "no text": lambda data: b"\xff\xfe\x00",
    "no object": lambda data: b"[1, 2]",
    "a number": lambda data: b"3",
    "nested without end": lambda data: b"[" * 100_000,
    "without hash": without("sha256"),
    "without key": without("key"),
    "of another format": signed(format="alta-verify cache 0"),
    "of another key": signed(key="0" * 64),
}


@pytest.mark.parametrize("how", list(DAMAGE))
def test_a_damaged_file_is_as_good_as_none_and_is_replaced(tmp_path, how):
    first = Memory.of(TASK, CLAIMS, tmp_path)
    first.remember(shown("one"))
    first.path.write_bytes(DAMAGE[how](first.path.read_bytes()))
    again = Memory.of(TASK, CLAIMS, tmp_path)
    assert (again.proved, again.suspect) == ({}, None)
    again.remember(shown("two"))
    assert set(Memory.of(TASK, CLAIMS, tmp_path).proved) == {"two"}


def test_the_order_and_spacing_of_a_file_do_not_matter(tmp_path):
    first = Memory.of(TASK, CLAIMS, tmp_path)
    first.remember(shown("one"))
    entry = json.loads(first.path.read_text())
    first.path.write_text(json.dumps(dict(reversed(entry.items())), indent=4))
    assert set(Memory.of(TASK, CLAIMS, tmp_path).proved) == {"one"}


def test_a_folder_in_place_of_the_file_is_as_good_as_none(tmp_path):
    first = Memory.of(TASK, CLAIMS, tmp_path)
    first.path.mkdir()
    first.remember(shown("one"))
    assert Memory.of(TASK, CLAIMS, tmp_path).proved == {}


# --- counterexamples ------------------------------------------------------------------------------


def test_an_input_that_refuted_is_recalled_and_nothing_proved_beside_it(tmp_path):
    first = Memory.of(TASK, CLAIMS, tmp_path)
    first.remember(shown("one"))
    first.remember_suspect(WORD)
    again = Memory.of(TASK, CLAIMS, tmp_path)
    assert (again.proved, again.suspect) == ({}, WORD)


@pytest.mark.parametrize("word", [[], [1], [2, 0, 0, 0, 0], [2, 7], ["START"]], ids=str)
def test_a_suspect_outside_the_language_or_the_bound_is_not_recalled(tmp_path, word):
    first = Memory.of(TASK, CLAIMS, tmp_path)
    first.remember_suspect(WORD)
    first.path.write_bytes(signed(suspect=word)(first.path.read_bytes()))
    assert Memory.of(TASK, CLAIMS, tmp_path).suspect is None


# --- folders --------------------------------------------------------------------------------------


def test_files_are_put_in_place_as_a_whole(tmp_path, monkeypatch):
    first = Memory.of(TASK, CLAIMS, tmp_path)
    first.remember(shown("one"))

    def fails(*arguments: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", fails)
    Memory.of(TASK, CLAIMS, tmp_path).remember(shown("two"))
    assert [path.name for path in tmp_path.iterdir()] == [first.path.name]
    assert set(Memory.of(TASK, CLAIMS, tmp_path).proved) == {"one"}


def test_without_a_folder_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    nothing = Memory.of(TASK, CLAIMS, None)
    nothing.remember(shown("one"))
    nothing.remember_suspect(WORD)
    assert list(tmp_path.iterdir()) == []


def test_without_a_key_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(key, "code_hash", lambda: None)
    Memory.of(TASK, CLAIMS, tmp_path).remember(shown("one"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("odd", [True, False, 3, "", b"folder"], ids=repr)
def test_what_is_no_folder_is_refused(odd):
    with pytest.raises(AltaError, match="cache: expected a folder, or None"):
        Memory.of(TASK, CLAIMS, odd)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(AltaError, match="cache: cannot make the folder"):
        Memory.of(TASK, CLAIMS, tmp_path / "file" / "folder")


def test_the_user_s_folder_follows_the_convention(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_folder() == tmp_path / "alta-verify"
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    for ignored in ("", "relative/path"):
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        monkeypatch.setattr(sys, "platform", "linux")
        assert user_folder() == tmp_path / "home" / ".cache" / "alta-verify"
        monkeypatch.setattr(sys, "platform", "darwin")
        assert user_folder() == tmp_path / "home" / "Library" / "Caches" / "alta-verify"
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
        assert user_folder() == tmp_path / "local" / "alta-verify"
