"""Text and terminal show the same sections."""

from __future__ import annotations

from rich.console import Console

from alta_verify.obligation import Obligation
from alta_verify.report.finding import Finding, Result
from alta_verify.report.rendering import render_rich, render_text
from alta_verify.report.sections import Section

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
