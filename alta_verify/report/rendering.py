"""Rendering: a report for a terminal, and the same as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, Final

from alta.lang.values import show_value
from alta.visible import visible
from alta_verify.report.finding import Finding, Result, late_lines
from alta_verify.report.report import Report, Verdict
from alta_verify.search.counterexample import Counterexample
from alta_verify.search.disagreement import Disagreement

__all__ = ["explanation_text", "render_rich", "render_text"]

_WIDTH: Final = 96
_MARKS: Final = {Result.PROVED: "proved", Result.FAILED: "FAILED", Result.OPEN: "open"}
_STYLES: Final = {Result.PROVED: "green", Result.FAILED: "bold red", Result.OPEN: "yellow"}
_STANDING: Final = {
    Verdict.PROVED: "Theorem",
    Verdict.REFUTED: "Refuted claim",
    Verdict.UNKNOWN: "Claim left open",
    Verdict.VACUOUS: "Claim about no input",
}
_COLOURS: Final = {
    Verdict.PROVED: "bold green",
    Verdict.REFUTED: "bold red",
    Verdict.UNKNOWN: "bold yellow",
    Verdict.VACUOUS: "bold yellow",
}


def headline(report: Report) -> str:
    """Returns the verdict with the program and the time, in one line."""
    cached = report.facts.get("cached", 0)
    source = f"; {cached} of {len(report.obligations)} obligations cached" if cached else ""
    return f"{report.verdict}  {report.program_name}  ({report.seconds:.2f} s{source})"


def statement(report: Report) -> str:
    """Returns the claim, marked as a theorem only where it is one."""
    return f"{_STANDING[report.verdict]}: {report.claim}"


def _method(finding: Finding) -> str:
    return f"{'cached: ' if finding.cached else ''}{finding.method}"


def _reasons(report: Report) -> tuple[str, ...]:
    """Returns the reasons that the list of obligations does not show."""
    return () if report.obligations else report.reasons


def render_text(report: Report) -> str:
    """Returns a report as plain text."""
    lines = [headline(report), "", *_wrapped(statement(report), "")]
    for reason in _reasons(report):
        lines += _wrapped(reason, "- ")
    if report.counterexample is not None:
        lines += ["", _replayed(report.counterexample)]
        lines += _wrapped(str(report.counterexample), "  ")
        lines += ["", *textwrap.indent(explanation_text(report), "  ").splitlines()]
    if report.obligations and report.counterexample is None:
        lines += ["", "Obligations"]
        width = max((len(one.name) for one in report.obligations if not one.late), default=0)
        for one in report.obligations:
            mark = _MARKS[one.result]
            if not one.late:
                lines.append(
                    f"  {mark:6}  {one.name:{width}}  {one.seconds:6.2f} s  {_method(one)}"
                )
        for line in late_lines(report.obligations):
            lines += _wrapped(line, f"  {_MARKS[Result.OPEN]:6}  ")
    lines += ["", *_learned(report)] if _learned(report) else []
    if report.warnings:
        lines += ["", "Warnings"]
        for warning in report.warnings:
            # The kind at its end is one word.
            lines += _wrapped(warning, "  - ", hyphens=False)
    if report.assumptions:
        lines += ["", "Taken on trust"]
        for assumption in report.assumptions:
            lines += _wrapped(assumption, "  - ")
    return "\n".join(lines)


def render_rich(report: Report) -> Any:
    """Returns a report with colours and a table, for rich."""
    from rich.console import Group
    from rich.panel import Panel
    from rich.table import Table

    parts: list[Any] = [_text(statement(report))]
    parts += [_text(f"- {reason}", style="yellow") for reason in _reasons(report)]
    if report.counterexample is not None:
        parts += [
            _text(f"\n{_replayed(report.counterexample)}", style="bold"),
            _text(str(report.counterexample), style="red"),
            _text(explanation_text(report)),
        ]
    if report.obligations and report.counterexample is None:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title_justify="left")
        for name in ("result", "obligation", "seconds", "method"):
            table.add_column(name, justify="right" if name == "seconds" else "left", style=None)
        for one in report.obligations:
            if not one.late:
                table.add_row(
                    _text(_MARKS[one.result], style=_STYLES[one.result]),
                    _text(one.name),
                    f"{one.seconds:.2f}",
                    _text(_method(one), style="dim"),
                )
        parts += [_text(""), table]
        parts += [_text(line, style="yellow") for line in late_lines(report.obligations)]
    if _learned(report):
        parts.append(_text("\n" + "\n".join(_learned(report))))
    if report.warnings:
        parts.append(_text("\nWarnings", style="bold yellow"))
        parts += [_text(f"- {warning}", style="yellow") for warning in report.warnings]
    if report.assumptions:
        parts.append(_text("\nTaken on trust", style="bold"))
        parts += [_text(f"- {assumption}", style="dim") for assumption in report.assumptions]
    title = _text(headline(report), style=_COLOURS[report.verdict])
    return Panel(Group(*parts), title=title, title_align="left", border_style="dim")


def _text(text: str, style: str = "") -> Any:
    """Returns plain text for rich, without markup and without what steers a terminal."""
    from rich.text import Text

    return Text(visible(text), style=style)


def _radius(radius: float) -> str:
    return "not even without noise" if radius < 0 else f"{radius:.3g}"


def _learned(report: Report) -> list[str]:
    """Returns what is known of a learned block."""
    known = report.facts.get("block")
    if not known:
        return []
    lines = _wrapped(
        f"{known['transitions']} transitions occur; {known['bear']} of them are certified to come "
        f"out right with noise of up to {known['noise']:g} on every coordinate, the least at "
        f"{known['at']}: {_radius(known['least'])} (median {_radius(known['median'])})",
        "  ",
    )
    lines += _wrapped(f"boxes decode for {known['layers']}", "  ")
    lines += [] if known["stops"] is None else _wrapped(known["stops"], "  ")
    return ["Learned block", *lines]


def _wrapped(text: str, prefix: str, *, hyphens: bool = True) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=prefix,
        subsequent_indent=" " * len(prefix),
        break_on_hyphens=hyphens,
    ) or [""]


def _replayed(found: Counterexample | Disagreement) -> str:
    which = f"the shortest {'there is' if found.shortest else 'found'}"
    where = "on the interpreter and on the model"
    if isinstance(found, Disagreement):
        where = "on the interpreter with both programs"
    return f"Counterexample, {which}, replayed {where}:"


def explanation_text(report: Report) -> str:
    """Returns both sides next to each other, and what wrote the value in question."""
    found = report.counterexample
    if found is None:
        return ""
    if isinstance(found, Disagreement):
        return _output_table(found) if found.kind == "mismatch" else ""
    cause = found.cause()
    return "\n".join([found.table(), *([""] if cause else []), *cause])


def _output_table(found: Disagreement) -> str:
    """Returns the outputs of both programs, position by position."""
    rows = [("", "input", "first", "second")]
    first, second = (one.outputs or () for one in found.endings)
    for position, token in enumerate(found.tokens):
        mark = "  ←" if position in found.positions else ""
        one, other = show_value(first[position]), show_value(second[position])
        rows.append((str(position), found.first.vocab[token], one, f"{other}{mark}"))
    return "\n".join(_aligned(rows))


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yields rows as lines with equally wide columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
