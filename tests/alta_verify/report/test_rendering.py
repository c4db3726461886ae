"""Text and terminal show the same sections: a counterexample from both sides, and figures."""

from __future__ import annotations

from rich.console import Console

from alta_verify.obligation import Obligation
from alta_verify.report.finding import Finding, Result
from alta_verify.report.rendering import (
    Section,
    block_section,
    counterexample_section,
    explanation_text,
    render_rich,
    render_text,
)
from alta_verify.search.disagreement import find_disagreement
from tests.alta_verify.prove.pairs_of_programs import COPY, FAILING, NEGATION

FINDINGS = (
    Finding(Obligation("ffn", "x"), "", Result.PROVED, "z3", 1.25, cached=True),
    Finding(Obligation("rounding"), "", Result.OPEN, "cut short", 0.0, late=True),
)

SECTIONS = [
    Section(paragraphs=("Theorem: all is well.",)),
    Section("Obligations", findings=FINDINGS),
    Section("Found:", ("on input '0'",), table="0  1\n1  0"),
    Section("Warnings", ("odd " * 40,), "- "),
]

TEXT = """PROVED

Theorem: all is well.

Obligations
  proved  ffn[x]    1.25 s  cached: z3
  open    out of time: 1 obligation cut short (rounding)

Found:
  on input '0'

  0  1
  1  0

Warnings
  - odd odd odd"""


def test_text_has_headings_and_indents_what_is_below_them():
    assert render_text("PROVED", SECTIONS).startswith(TEXT)
    assert max(map(len, render_text("PROVED", SECTIONS).splitlines())) <= 96


def test_a_terminal_shows_the_same():
    console = Console(width=200, record=True, file=None, quiet=False)
    with console.capture() as capture:
        console.print(render_rich("PROVED", SECTIONS, "bold green"))
    shown = capture.get()
    for part in ("PROVED", "ffn[x]", "cached: z3", "out of time: 1", "on input '0'", "Warnings"):
        assert part in shown


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
