"""The theorem's page and the code name one another: lemmas, files and functions."""

from __future__ import annotations

import re
from functools import cache

from alta_verify.prove.computes.table import KINDS
from tests.house.tree import ROOT, Tree, our_tree

PAGE = ROOT / "docs" / "explanation" / "theorem.md"

STATED = re.compile(r"\*\*Lemma (\d+)\b")
NAMED = re.compile(r"\bLemmas? (\d+)(?:(?:,| and| to) (\d+))*")
FILE = re.compile(r"`([\w/]+\.py)`")
FUNCTION = re.compile(r"`(\w+)\(\)`")


@cache
def page() -> str:
    return PAGE.read_text("utf-8")


def stated(text: str) -> set[int]:
    """The lemmas that a page states."""
    return {int(number) for number in STATED.findall(text)}


def named(tree: Tree) -> dict[int, set[str]]:
    """The files that name each lemma, in a comment or a docstring."""
    files: dict[int, set[str]] = {}
    for path, text in tree.texts.items():
        for match in NAMED.finditer(text):
            for number in re.findall(r"\d+", match[0]):
                files.setdefault(int(number), set()).add(path)
    return files


def missing_files(text: str, files: set[str]) -> list[str]:
    """The files that a page names and that are not there."""
    return [
        name
        for name in FILE.findall(text)
        if name not in files and not any(path.endswith("/" + name) for path in files)
    ]


def test_lemmas_are_numbered_one_after_another():
    assert stated(page()) == set(range(1, len(stated(page())) + 1))


def rows(text: str) -> set[str]:
    """The kinds of obligations that the table of a page has, `reset` for `reset[h]`."""
    cells = re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)
    return {kind for cell in cells for kind in re.findall(r"`(\w+)(?:\[\w+\])?`", cell)}


def test_the_obligations_of_the_page_are_those_of_the_table_and_each_has_a_file():
    section = page().partition("## The obligations\n")[2].partition("\n## ")[0]
    assert rows(section) == set(KINDS)
    files = {f"alta_verify/prove/computes/{kind}.py" for kind in KINDS}
    assert files <= our_tree().texts.keys()


def test_a_row_of_a_table_is_read_with_and_without_a_subject():
    assert rows("| `a[h]`, `b[h]` | `c` says |\n| obligation | says |\n| `d` | e |\n") == {
        *("a", "b", "d")
    }


def test_every_lemma_that_the_code_names_is_stated():
    strangers = {
        lemma: paths for lemma, paths in named(our_tree()).items() if lemma not in stated(page())
    }
    assert strangers == {}


def test_every_lemma_is_named_by_the_code_that_rests_on_it():
    assert sorted(stated(page()) - named(our_tree()).keys()) == []


def test_every_file_that_the_page_names_is_there():
    files = {
        str(path.relative_to(ROOT))
        for folder in ("alta", "alta_verify", "proofs", "tests")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert missing_files(page(), files) == []


def test_every_function_that_the_page_names_is_there():
    text = "\n".join(our_tree().texts.values())
    assert [name for name in FUNCTION.findall(page()) if f"def {name}(" not in text] == []


def test_what_is_named_and_not_stated_is_found():
    tree = Tree({"x.py": "# Lemma 2: why\n# Lemmas 8 and 9\n", "y.py": '"""By Lemma 2."""'})
    assert named(tree) == {2: {"x.py", "y.py"}, 8: {"x.py"}, 9: {"x.py"}}
    assert stated("**Lemma 2 (attention).** By Lemma 3, **Lemma 10.** so") == {2, 10}
    assert missing_files("`a/x.py` and `y.py` and `b/x.py`", {"a/x.py", "c/y.py"}) == ["b/x.py"]
