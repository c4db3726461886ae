"""Sections show a counterexample from both sides, and a learned block in figures."""

from __future__ import annotations

from alta_verify.report.sections import (
    Section,
    block_section,
    counterexample_section,
    explanation_text,
)
from alta_verify.search.disagreement import find_disagreement
from tests.alta_verify.prove.pairs_of_programs import COPY, FAILING, NEGATION


def test_a_section_without_anything_is_none():
    assert not Section("Warnings")
    assert Section("Warnings", ("odd",))


def test_a_disagreement_is_shown_position_by_position():
    disagreement = find_disagreement(COPY, NEGATION, (1, 0), None)
    assert disagreement is not None
    section = counterexample_section(disagreement)
    assert section.title == (
        "Counterexample, the shortest found, replayed on the interpreter with both programs:"
    )
    lines = explanation_text(disagreement).splitlines()
    assert lines[0].split() == ["input", "first", "second"]
    assert lines[1].split() == ["0", "1", "1", "0", "←"]
    assert section.table == "\n".join(lines)


def test_a_program_that_gives_no_outputs_has_no_table():
    disagreement = find_disagreement(COPY, FAILING, (1,), None)
    assert disagreement is not None
    assert explanation_text(disagreement) == ""


def test_figures_of_a_block_are_put_into_words():
    figures = {
        "transitions": 4,
        "bear": 3,
        "noise": 0.1,
        "at": "x=1",
        "least": -1.0,
        "median": 0.25,
        "layers": "3 layers",
        "stops": None,
    }
    certified, layers = block_section(figures).paragraphs
    assert "at x=1: not even without noise (median 0.25)" in certified
    assert layers == "boxes decode for 3 layers"
    assert block_section(figures | {"stops": "it escapes"}).paragraphs[-1] == "it escapes"
