"""Output: places are tried first, and a file is there as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from alta.errors import AltaError
from alta.output import check_file, check_folder, whole_file, write_text


def test_a_file_has_what_was_written(tmp_path):
    write_text(tmp_path / "file.txt", "first")
    write_text(tmp_path / "file.txt", "sécond")
    assert (tmp_path / "file.txt").read_text(encoding="utf-8") == "sécond"
    assert len(list(tmp_path.iterdir())) == 1


def test_where_writing_fails_the_place_is_as_it_was(tmp_path):
    (tmp_path / "file.txt").write_text("first")

    def fail(place: Path) -> None:
        with whole_file(place) as draft:
            draft.write_text("half")
            assert draft.suffix == ".txt"
            raise OSError("full")

    for name in ("file.txt", "other.txt"):
        with pytest.raises(OSError, match="full"):
            fail(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["file.txt"]
    assert (tmp_path / "file.txt").read_text() == "first"


def test_a_link_still_points_to_the_file_that_is_replaced(tmp_path):
    (tmp_path / "file").write_text("first")
    (tmp_path / "link").symlink_to("file")
    write_text(tmp_path / "link", "second")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "second"


def test_what_is_no_file_is_not_replaced():
    write_text(Path("/dev/null"), "nothing")
    assert Path("/dev/null").is_char_device()
    check_file(Path("/dev/null"))


def test_trying_leaves_nothing(tmp_path):
    check_file(tmp_path / "file")
    check_folder(tmp_path)
    check_folder(tmp_path / "deep" / "down")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("check", "place", "message"),
    [
        (check_file, "folder", "expected a file, got a folder"),
        (check_file, "no/file", "there is no folder .*no; make it first"),
        (check_file, "file/file", "there is no folder"),
        (check_file, "/proc/file", "nothing can be written to /proc"),
        (check_folder, "file", "expected a folder, and .*file is a file"),
        (check_folder, "file/deep/down", "expected a folder, and .*file is a file"),
        (check_folder, "/proc/deep/down", "nothing can be written to /proc"),
    ],
)
def test_a_place_is_refused_that_is(check, place, message, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(AltaError, match=message):
        check(tmp_path / place)
