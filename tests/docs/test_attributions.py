"""What is said of the ALTA paper names the parts that were at hand: its abstract and its Table 1.

Figures measured on its public implementation are attributed to that.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = [
    path for top in ("alta", "alta_verify", "proofs") for path in sorted((ROOT / top).rglob("*.py"))
]
SOURCE_NAMED = re.compile(r"abstract|Table\s+1|public\s+implementation|arXiv", re.IGNORECASE)
PAPER = re.compile(r"\bpaper\b", re.IGNORECASE)


def paragraphs(text: str) -> list[str]:
    """Splits a text at blank lines, table rows kept with their table."""
    return re.split(r"\n\s*\n", text)


def unattributed(text: str) -> list[str]:
    """Returns the paragraphs that speak of the paper and of none of its parts."""
    return [
        paragraph
        for paragraph in paragraphs(text)
        if PAPER.search(paragraph) and not SOURCE_NAMED.search(paragraph)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_says_which_part_of_the_paper_it_speaks_of(page):
    assert unattributed(page.read_text(encoding="utf-8")) == []


def test_the_source_says_which_part_of_the_paper_it_speaks_of():
    found = {str(path.relative_to(ROOT)): unattributed(path.read_text()) for path in SOURCES}
    assert {path: texts for path, texts in found.items() if texts} == {}


def test_a_claim_about_the_paper_without_its_part_is_noticed():
    assert unattributed("These are the counts of the paper.\n\nNothing else.") == [
        "These are the counts of the paper."
    ]
