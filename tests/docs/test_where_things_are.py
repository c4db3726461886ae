"""The page for those who change something is right: its paths are there, its example works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT, our_tree

PAGE = (ROOT / "docs" / "explanation" / "where-things-are.md").read_text("utf-8")

PATH = re.compile(r"(?:alta|alta_verify|tests|proofs)/[\w/]*(?:\.py)?")
FOLDER = re.compile(r"\b(\w+)/ ")

EXAMPLE = re.search(r"^```diff\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1]


def made_by_the_example() -> set[str]:
    return set(re.findall(r"^\+\+\+ b/(\S+)$", EXAMPLE, re.MULTILINE))


def test_the_paths_of_the_page_are_there():
    named = set(PATH.findall(PAGE)) - made_by_the_example()
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
    assert len(named) > 10


def test_the_picture_has_every_folder_and_no_other():
    picture = re.search(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1]
    folders = {path.split("/")[1] for path in our_tree().texts if path.count("/") > 1}
    drawn = set(FOLDER.findall(picture)) - {"computes", "equivalence", "meets"}
    # Made for tests of programs, and for those who change weights.
    assert folders - drawn == {"strategies", "weights"}
    assert drawn - folders == set()


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The tree with the example applied."""
    if shutil.which("git") is None:
        pytest.skip("the example is applied by git")
    root = tmp_path_factory.mktemp("tree")
    skipped = shutil.ignore_patterns("__pycache__")
    for folder in ("alta", "alta_verify", "tests"):
        shutil.copytree(ROOT / folder, root / folder, ignore=skipped)
    shutil.copy(ROOT / "pyproject.toml", root)
    apply = ["git", "apply", "--unsafe-paths", "-"]
    subprocess.run(apply, cwd=root, input=EXAMPLE, text=True, check=True)
    return root


def test_the_example_applies_and_its_tests_pass(copy):
    tests = [f"tests/alta_verify/prove/computes/test_{name}.py" for name in ("magnitude", "table")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
