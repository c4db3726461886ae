"""Sections: the parts of a report, before anything is said of fonts and columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from alta.lang.values import show_value
from alta_verify.report.finding import Finding
from alta_verify.search.counterexample import Counterexample
from alta_verify.search.disagreement import Disagreement

__all__ = ["Section", "block_section", "counterexample_section", "explanation_text"]


@final
@dataclass(frozen=True)
class Section:
    """A part of a report.

    Attributes:
        title: its heading; none where it is empty.
        paragraphs: what it says.
        mark: what stands before each paragraph.
        table: lines that are shown as they are.
        findings: what became of obligations.
        style: how a terminal shows paragraphs.
        title_style: how it shows the heading.
    """

    title: str = ""
    paragraphs: tuple[str, ...] = ()
    mark: str = ""
    table: str = ""
    findings: tuple[Finding, ...] = ()
    style: str = ""
    title_style: str = "bold"

    def __bool__(self) -> bool:
        return bool(self.paragraphs or self.table or self.findings)


def counterexample_section(counterexample: Counterexample | Disagreement) -> Section:
    """Returns what is said of a counterexample."""
    rank = f"the shortest {'there is' if counterexample.shortest else 'found'}"
    where = "on the interpreter and on the model"
    if isinstance(counterexample, Disagreement):
        where = "on the interpreter with both programs"
    return Section(
        f"Counterexample, {rank}, replayed {where}:",
        (str(counterexample),),
        table=explanation_text(counterexample),
        style="red",
    )


def explanation_text(counterexample: Counterexample | Disagreement) -> str:
    """Returns both sides next to each other, and what wrote the value in question."""
    if isinstance(counterexample, Disagreement):
        return _output_table(counterexample) if counterexample.kind == "mismatch" else ""
    cause = counterexample.cause()
    return "\n".join([counterexample.table(), *([""] if cause else []), *cause])


def _output_table(disagreement: Disagreement) -> str:
    """Returns the outputs of both programs, position by position."""
    rows = [("", "input", "first", "second")]
    first, second = (ending.outputs or () for ending in disagreement.endings)
    for position, token in enumerate(disagreement.tokens):
        mark = "  ←" if position in disagreement.positions else ""
        name = disagreement.first.vocab[token]
        outputs = show_value(first[position]), f"{show_value(second[position])}{mark}"
        rows.append((str(position), name, *outputs))
    return "\n".join(_aligned(rows))


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yields rows as lines with equally wide columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()


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
