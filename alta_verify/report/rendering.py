"""Rendering: the sections of a report, as plain text and for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from alta.lang.values import show_value
from alta.visible import visible
from alta_verify.report.finding import Finding, Result, late_lines
from alta_verify.search.counterexample import Counterexample
from alta_verify.search.deviation import Deviation
from alta_verify.search.disagreement import Disagreement

__all__ = [
    "Section",
    "block_section",
    "counterexample_section",
    "explanation_text",
    "invariant_section",
    "render_rich",
    "render_text",
]

_WIDTH: Final = 96
# So many patterns of an invariant are shown.
_PATTERNS: Final = 24
_MARKS: Final = {Result.PROVED: "proved", Result.FAILED: "FAILED", Result.OPEN: "open"}
_STYLES: Final = {Result.PROVED: "green", Result.FAILED: "bold red", Result.OPEN: "yellow"}


@final
@dataclass(frozen=True)
class Section:
    """A part of a report: heading, paragraphs with a mark, a table as it is shown, and findings."""

    title: str = ""
    paragraphs: tuple[str, ...] = ()
    mark: str = ""
    table: str = ""
    findings: tuple[Finding, ...] = ()
    style: str = ""
    title_style: str = "bold"

    def __bool__(self) -> bool:
        return bool(self.paragraphs or self.table or self.findings)


def counterexample_section(counterexample: Counterexample | Deviation | Disagreement) -> Section:
    """Returns what is said of a counterexample."""
    rank = f"the shortest {'there is' if counterexample.shortest else 'found'}"
    where = "on the interpreter and on the model"
    if isinstance(counterexample, Disagreement):
        where = "on the interpreter with both programs"
    elif isinstance(counterexample, Deviation) or counterexample.model is None:
        where = "on the interpreter"
    return Section(
        f"Counterexample, {rank}, replayed {where}:",
        (str(counterexample),),
        table=explanation_text(counterexample),
        style="red",
    )


def explanation_text(counterexample: Counterexample | Deviation | Disagreement) -> str:
    """Returns both sides next to each other, and what wrote the value in question."""
    if isinstance(counterexample, Disagreement):
        return _output_table(counterexample) if counterexample.kind == "mismatch" else ""
    if isinstance(counterexample, Deviation):
        meant = _meant_table(counterexample) if counterexample.demands else ""
        return "\n\n".join(filter(None, [meant, counterexample.table()]))
    cause = counterexample.cause()
    return "\n".join([counterexample.table(), *([""] if cause else []), *cause])


def _output_table(disagreement: Disagreement) -> str:
    """Returns the outputs of both programs, position by position, in equally wide columns."""
    first, second = (ending.outputs or () for ending in disagreement.endings)
    names = [disagreement.first.vocab[token] for token in disagreement.tokens]
    columns = zip(names, map(show_value, first), map(show_value, second), strict=True)
    return _columns(("input", "first", "second"), list(columns), disagreement.positions)


def _meant_table(deviation: Deviation) -> str:
    """Returns what was meant and what the program gives, position by position."""
    outputs = deviation.outputs or ()
    names = [deviation.program.vocab[token] for token in deviation.tokens]
    meant = [str(deviation.demands.get(place, "")) for place in range(len(names))]
    columns = zip(names, meant, map(show_value, outputs), strict=True)
    return _columns(("input", "meant", "output"), list(columns), deviation.positions)


def _columns(
    header: tuple[str, ...], lines: Sequence[tuple[str, ...]], marked: Sequence[int]
) -> str:
    """Returns a line a position, in equally wide columns, with an arrow at some of them."""
    rows = [("", *header)]
    for position, (*cells, last) in enumerate(lines):
        mark = "  ←" if position in marked else ""
        rows.append((str(position), *cells, f"{last}{mark}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = [[cell.ljust(w) for cell, w in zip(row, widths, strict=True)] for row in rows]
    return "\n".join("  ".join(row).rstrip() for row in padded)


def block_section(figures: Mapping[str, Any]) -> Section:
    """Returns what is said of a learned block (`alta_verify.boxes.summary`)."""

    def radius(value: float) -> str:
        return "not even without noise" if value < 0 else f"{value:.3g}"

    certified = (
        f"{figures['transitions']} transitions occur; {figures['bear']} of them are certified to "
        f"come out right with noise of up to {figures['noise']:g} on every coordinate, the least "
        f"at {figures['at']}: {radius(figures['least'])} (median {radius(figures['median'])})"
    )
    layers = f"boxes decode for {figures['layers']}"
    stops = [] if figures["stops"] is None else [figures["stops"]]
    return Section("Learned block", (certified, layers, *stops))


def invariant_section(invariant: Mapping[str, Any]) -> Section:
    """Returns an invariant of neighbours, pattern by pattern."""
    patterns = [
        " and its right neighbour ".join(
            ", ".join(f"{name} = {'|'.join(map(str, values))}" for name, values in site.items())
            or "anything"
            for site in pattern["sites"]
        )
        for pattern in invariant.get("patterns", ())
    ]
    hidden = len(patterns) - _PATTERNS
    further = [f"… and {hidden} more (facts in JSON)"] if hidden > 0 else []
    title = "Invariant: no position of any run, after any number of layers, has"
    return Section(title, (*patterns[:_PATTERNS], *further), "- ")


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
    """Returns the same with colours, the headline in a style of its own, and a table, for rich."""
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
