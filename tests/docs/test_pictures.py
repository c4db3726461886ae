"""The pictures of README and pages are what the commands beside them make."""

from __future__ import annotations

import re

import pytest

from docs.pictures import COMMANDS, FOLDER, ROOT, made, sources


def test_every_picture_is_kept_and_its_command_is_on_a_page():
    assert {path.name for path in FOLDER.iterdir()} == set(COMMANDS)
    assert sources() == set(COMMANDS.values())


def test_every_picture_that_a_page_names_is_there():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for name in re.findall(r"figures/([\w.-]+\.svg)", page.read_text(encoding="utf-8")):
            assert name in COMMANDS, (page, name)


# matplotlib may place glyphs otherwise in another version.
@pytest.mark.campaign
@pytest.mark.parametrize("name", COMMANDS)
def test_a_picture_is_what_its_command_makes(name, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert made(name, tmp_path) == (FOLDER / name).read_bytes(), "python -m docs.pictures renews it"
