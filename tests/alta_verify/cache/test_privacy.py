"""Privacy: a cache that somebody else can have written to is refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from alta.errors import AltaError
from alta_verify.cache import key, memory
from alta_verify.cache.memory import Memory, check_folder, make_folder
from tests.alta_verify.cache.test_memory import CLAIMS, TASK, shown

OTHER = 65_432
AS_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="gives files away, which only root can")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "above" / "cache"
    make_folder(made)
    return made


def test_what_is_made_is_for_this_user_alone(folder):
    for made in (folder, folder.parent):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
    check_folder(folder)


def test_what_is_made_is_so_whatever_is_usual(tmp_path):
    before = os.umask(0)
    try:
        make_folder(tmp_path / "above" / "cache")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "above").stat().st_mode) == 0o700


def refusal(path: Path) -> str:
    with pytest.raises(AltaError, match="is not believed: ") as raised:
        check_folder(path)
    return str(raised.value)


@pytest.mark.parametrize("mode", [0o777, 0o757, 0o775, 0o702, 0o720, 0o1777], ids=oct)
def test_a_folder_that_others_may_write_to_is_refused(folder, mode):
    folder.chmod(mode)
    assert f"others may write to {folder}" in refusal(folder)
    assert f"chmod go-w {folder}" in refusal(folder)


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o500])
def test_a_folder_that_others_may_read_is_not(folder, mode):
    folder.chmod(mode)
    check_folder(folder)


@pytest.mark.parametrize("mode", [0o777, 0o707, 0o733], ids=oct)
def test_a_folder_in_one_that_others_may_write_to_is_refused(folder, mode):
    folder.parent.chmod(mode)
    assert f"others may write to {folder.parent} above it" in refusal(folder)


def test_the_group_counts_unless_it_is_this_user_alone(folder, monkeypatch):
    folder.parent.chmod(0o770)
    monkeypatch.setattr(memory, "_is_own_group", lambda number: False)
    assert f"others may write to {folder.parent} above it" in refusal(folder)
    monkeypatch.setattr(memory, "_is_own_group", lambda number: True)
    check_folder(folder)


def test_the_sticky_bit_keeps_others_from_replacing_a_folder(folder):
    folder.parent.chmod(0o1777)
    check_folder(folder)


def test_a_link_is_judged_by_where_it_points_and_by_where_it_is(folder, tmp_path):
    link = tmp_path / "place" / "link"
    make_folder(link.parent)
    link.symlink_to(folder)
    check_folder(link)
    folder.chmod(0o777)
    assert f"others may write to {folder}" in refusal(link)
    folder.chmod(0o700)
    folder.parent.chmod(0o777)
    assert f"{folder.parent} above it" in refusal(link)
    folder.parent.chmod(0o700)
    link.parent.chmod(0o777)
    assert f"{link.parent} above it" in refusal(link)


@AS_ROOT
def test_a_folder_of_another_user_is_refused(folder):
    os.chown(folder, OTHER, -1)
    assert f"{folder} belongs to user {OTHER}" in refusal(folder)
    os.chown(folder, 0, -1)
    os.chown(folder.parent, OTHER, -1)
    assert f"{folder.parent} above it belongs to user {OTHER}" in refusal(folder)


def test_a_folder_of_another_user_is_refused_to_anybody(folder, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: OTHER)
    assert f"{folder} belongs to " in refusal(folder)


@pytest.fixture
def entry(folder, monkeypatch):
    monkeypatch.setattr(key, "code_hash", lambda: "code")
    memory = Memory.of(TASK, CLAIMS, folder)
    memory.remember(shown("one"))
    return memory.path


def test_a_file_is_for_this_user_alone(entry):
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    assert set(Memory.of(TASK, CLAIMS, entry.parent).proved) == {"one"}


@pytest.mark.parametrize("mode", [0o666, 0o620, 0o602], ids=oct)
def test_a_file_that_others_may_write_to_is_refused(entry, mode):
    entry.chmod(mode)
    with pytest.raises(
        AltaError, match=f"others may write to the file {entry.name} in it, .*try rm"
    ):
        Memory.of(TASK, CLAIMS, entry.parent)


@AS_ROOT
def test_a_file_of_another_user_is_refused(entry):
    os.chown(entry, OTHER, -1)
    with pytest.raises(AltaError, match=f"the file {entry.name} in it belongs to user {OTHER}"):
        Memory.of(TASK, CLAIMS, entry.parent)


def test_nothing_is_said_where_files_have_no_owners(folder, monkeypatch):
    folder.chmod(0o777)
    monkeypatch.setattr(memory, "_HAS_OWNERS", False)
    check_folder(folder)
