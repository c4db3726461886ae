"""Tests mirror the source: a file is tested by the file of its name."""

from __future__ import annotations

from pathlib import Path

from tests.house.tree import ROOT, Tree, our_tree

WITH_A_MIRROR = 0.9
"""The smallest share of source files that have a test file of their name."""


def mirror(path: str) -> str:
    """The test file of a source file."""
    folder, _, name = path.rpartition("/")
    return f"tests/{folder}/test_{name.strip('_') if name.startswith('__') else name}"


def without_a_mirror(tree: Tree, root: Path) -> list[str]:
    """The source files that no test file mirrors; those that only list names need none."""
    return [
        path
        for path in tree.texts
        if not path.endswith("__init__.py") and not (root / mirror(path)).is_file()
    ]


def share(tree: Tree, root: Path) -> float:
    """How many of the source files have a mirror."""
    files = [path for path in tree.texts if not path.endswith("__init__.py")]
    return 1 - len(without_a_mirror(tree, root)) / len(files)


def test_nine_of_ten_source_files_have_a_test_file_of_their_name():
    assert share(our_tree(), ROOT) >= WITH_A_MIRROR, without_a_mirror(our_tree(), ROOT)


def test_a_file_without_a_mirror_is_found(tmp_path):
    tree = Tree({"alta/__init__.py": "", "alta/lang/rules.py": "", "alta/lang/heads.py": ""})
    tests = tmp_path / "tests" / "alta" / "lang"
    tests.mkdir(parents=True)
    (tests / "test_rules.py").touch()
    assert without_a_mirror(tree, tmp_path) == ["alta/lang/heads.py"]
    assert share(tree, tmp_path) == 0.5
