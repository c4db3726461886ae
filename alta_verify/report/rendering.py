"""Rendering: sections as plain text, and for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any, Final

from alta.visible import visible
from alta_verify.report.finding import Finding, Result, late_lines
from alta_verify.report.sections import Section

__all__ = ["render_rich", "render_text"]

_WIDTH: Final = 96
_MARKS: Final = {Result.PROVED: "proved", Result.FAILED: "FAILED", Result.OPEN: "open"}
_STYLES: Final = {Result.PROVED: "green", Result.FAILED: "bold red", Result.OPEN: "yellow"}


def render_text(headline: str, sections: Iterable[Section]) -> str:
    """Returns a headline and sections as plain text."""
    lines = [headline, ""]
    for section in sections:
        indent = "  " if section.title else ""
        lines += ["", section.title] if section.title else []
        for paragraph in section.paragraphs:
            lines += _wrapped(paragraph, f"{indent}{section.mark}")
        if section.table:
            lines += ["", *textwrap.indent(section.table, indent).splitlines()]
        lines += _rows(section.findings)
    return "\n".join(lines)


def _rows(findings: tuple[Finding, ...]) -> Iterator[str]:
    """Yields a line for each obligation, and one for all that time ran out for alike."""
    in_time = [finding for finding in findings if not finding.late]
    width = max((len(finding.name) for finding in in_time), default=0)
    for finding in in_time:
        mark, name = _MARKS[finding.result], finding.name
        yield f"  {mark:6}  {name:{width}}  {finding.seconds:6.2f} s  {_method(finding)}"
    for line in late_lines(findings):
        yield from _wrapped(line, f"  {_MARKS[Result.OPEN]:6}  ")


def _method(finding: Finding) -> str:
    return f"{'cached: ' if finding.cached else ''}{finding.method}"


def _wrapped(text: str, prefix: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=prefix,
        subsequent_indent=" " * len(prefix),
        # Kinds of warnings, and names of programs, are one word.
        break_on_hyphens=False,
    ) or [""]


def render_rich(headline: str, sections: Iterable[Section], style: str) -> Any:
    """Returns the same with colours and a table, for rich.

    Args:
        headline: the title.
        sections: what stands below it.
        style: the headline's.
    """
    from rich.console import Group
    from rich.panel import Panel

    parts: list[Any] = []
    for section in sections:
        if section.title and not section.findings:
            parts.append(_text(f"\n{section.title}", style=section.title_style))
        texts = [f"{section.mark}{paragraph}" for paragraph in section.paragraphs]
        parts += [_text(text, style=section.style) for text in texts]
        parts += [_text(section.table)] if section.table else []
        if section.findings:
            lines = late_lines(section.findings)
            parts += [_text(""), _table(section.findings)]
            parts += [_text(line, style=_STYLES[Result.OPEN]) for line in lines]
    title = _text(headline, style=style)
    return Panel(Group(*parts), title=title, title_align="left", border_style="dim")


def _table(findings: tuple[Finding, ...]) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title_justify="left")
    for name in ("result", "obligation", "seconds", "method"):
        table.add_column(name, justify="right" if name == "seconds" else "left", style=None)
    for finding in findings:
        if not finding.late:
            table.add_row(
                _text(_MARKS[finding.result], style=_STYLES[finding.result]),
                _text(finding.name),
                f"{finding.seconds:.2f}",
                _text(_method(finding), style="dim"),
            )
    return table


def _text(text: str, style: str = "") -> Any:
    """Returns plain text for rich, without markup and without what steers a terminal."""
    from rich.text import Text

    return Text(visible(text), style=style)
