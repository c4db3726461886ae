"""The words are the field's: private ones are gone, and the glossary has those that are used."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from itertools import pairwise

import pytest

from tests.house.tree import ROOT, our_tree

GLOSSARY = (ROOT / "docs" / "explanation" / "glossary.md").read_text("utf-8")

RETIRED = re.compile(
    r"\b(census(es)?|stairs?|climbs?|pursu(it|its|e|es|ed|ing)|wobbl(e|es|ed)|crisp|tilt(ed)?"
    r"|roomier|is_vain|bent)\b",
    re.IGNORECASE,
)
"""Words that the field does not use for what they stood for here."""

IN_FILES = {"alta_verify/check/evidence.py": "censuses"}
"""What certificates that were written before call something, by the module that reads it."""


def texts() -> Mapping[str, str]:
    """The sources and the pages, by their paths."""
    pages = {
        str(path.relative_to(ROOT)): path.read_text("utf-8")
        for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
        if "_build" not in path.parts
    }
    return {**our_tree().texts, **pages}


def retired(files: Mapping[str, str]) -> list[str]:
    """The places of retired words; an underscore parts words like a space."""
    return [
        f"{path}:{number} {match[0]}"
        for path, text in files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if (match := RETIRED.search(re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", line)))
    ]


def terms(glossary: str) -> list[str]:
    """The terms of a glossary, in its order."""
    lines = glossary.splitlines()
    return [line for line, after in pairwise(lines) if after.startswith(": ")]


def test_retired_words_are_gone():
    kept = {f"{path} {word}" for path, word in IN_FILES.items()}
    assert {re.sub(r":\d+", "", place) for place in retired(texts())} == kept, retired(texts())


def test_a_retired_word_is_found_in_names_and_sentences():
    files = {"x.py": "class Stairs:\ndef _pursue():\nby_census = 1\n", "y.md": "upstairs\nCensuses"}
    assert retired(files) == [
        "x.py:1 Stairs",
        "x.py:2 pursue",
        "x.py:3 census",
        "y.md:2 Censuses",
    ]


def test_terms_are_in_order_and_each_is_there_once():
    listed = terms(GLOSSARY)
    assert listed == sorted(set(listed), key=str.lower)
    assert len(listed) > 50


TERMS = {
    "AbstractTransformer": "abstract transformer",
    "Atom": "atom",
    "Certificate": "certificate",
    "Counterexample": "counterexample",
    "CountingAbstraction": "counting abstraction",
    "Disagreement": "disagreement",
    "Engine": "engine",
    "Escape": "escape",
    "Explanation": "explanation",
    "Finding": "finding",
    "GuidedFalsification": "guided falsification",
    "Head": "head",
    "Interval": "interval",
    "LayerwiseBoxes": "layerwise boxes",
    "Layout": "layout",
    "Ledger": "ledger",
    "Margin": "margin",
    "Model": "model",
    "Obligation": "obligation",
    "Portfolio": "portfolio",
    "Program": "program",
    "Relation": "relation",
    "Rule": "rule",
    "Run": "run",
    "Slice": "slice",
    "Sweeper": "SAT sweeping",
    "SymbolicRun": "symbolic run",
    "Theorem": "theorem",
    "TrainingOutcome": "training outcome",
    "Transition": "transition",
    "ValueSets": "value set",
    "Variable": "variable",
    "Verdict": "verdict",
    "Violation": "violation",
}
"""The terms that classes have their names from."""

OF_FUNCTIONS = ("generator", "no-op", "Parikh vector", "residual stream", "template search")


@pytest.mark.parametrize("term", [*TERMS.values(), *OF_FUNCTIONS])
def test_the_glossary_has_the_words_of_the_field(term):
    assert term in terms(GLOSSARY)


def test_classes_have_the_names_of_the_field():
    classes = {
        node.name
        for module in our_tree().syntax.values()
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
    }
    assert TERMS.keys() - classes == set()
