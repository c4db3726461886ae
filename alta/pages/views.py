"""Views: what pages show, as plain texts and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, final

from alta.visible import visible

__all__ = ["Cell", "Entry", "FindingView", "Fired", "LayerView", "ReportView", "Row", "RunView"]


@final
@dataclass(frozen=True)
class Cell:
    """A value at a position: what it was before, if the layer changed it, and the second side's."""

    text: str
    before: str | None = None
    second: str | None = None
    # Of a head output: the positions it is read from, as text.
    source: str = ""


@final
@dataclass(frozen=True)
class Row:
    """A variable or head output at every position."""

    name: str
    is_head: bool
    cells: tuple[Cell, ...]


@final
@dataclass(frozen=True)
class Fired:
    """A rule with the positions at which it fires."""

    rule: str
    positions: tuple[int, ...]

    @property
    def places(self) -> str:
        """The positions as text, those that follow each other as a range."""
        # In a range a position and its index differ by a constant.
        ranges = groupby(enumerate(self.positions), lambda pair: pair[1] - pair[0])
        runs = [[position for _, position in group] for _, group in ranges]
        return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


@final
@dataclass(frozen=True)
class LayerView:
    """A layer; number 0 is the state before the first.

    `attention` has for each head and position what is attended to: a list of positions, where
    shares are equal, or else a mapping from positions to weights.
    """

    number: int
    rows: tuple[Row, ...]
    fired: tuple[Fired, ...]
    attention: Mapping[str, Sequence[Any]]


@final
@dataclass(frozen=True)
class RunView:
    """A run, or two side by side.

    Attributes:
        title: whose run it is.
        summary: its outputs, and how it ended.
        tokens: the names of the input's tokens.
        layers: the initial state, and every layer.
        heads: what each head reads, in words, by name.
        sides: what the two sides are called; None for one run.
        start: the layer that is shown first.
        mark: the position and the name that matter there, if any.
        residual: for each layer and position the coordinates of the residual stream that are not
            0, by number; None where there is no model.
        coordinates: their names.
    """

    title: str
    summary: str
    tokens: tuple[str, ...]
    layers: tuple[LayerView, ...]
    heads: Mapping[str, str]
    sides: tuple[str, str] | None = None
    start: int = 0
    mark: tuple[int, str] | None = None
    residual: Sequence[Sequence[Mapping[int, float]]] | None = None
    coordinates: tuple[str, ...] = ()

    @property
    def data(self) -> Any:
        """What the script draws from; names are as the page has them."""
        return {
            "start": self.start,
            "mark": None if self.mark is None else (self.mark[0], visible(self.mark[1])),
            "attention": [
                {visible(name): rows for name, rows in layer.attention.items()}
                for layer in self.layers
            ],
            "residual": self.residual,
            "coordinates": [visible(name) for name in self.coordinates],
        }


@final
@dataclass(frozen=True)
class FindingView:
    """An obligation with what became of it; `share` is that of its time in the longest."""

    name: str
    claim: str
    result: str
    method: str
    seconds: float
    share: float


@final
@dataclass(frozen=True)
class Entry:
    """A report in an index of many, with a link to its page."""

    test: str
    link: str
    program: str
    verdict: str
    claim: str
    seconds: float


@final
@dataclass(frozen=True)
class ReportView:
    """A report: the verdict on a claim, what was shown of it, what was taken on trust.

    Attributes:
        title: whose report it is.
        verdict: one word.
        standing: what the claim is called by the verdict.
        claim: the claim.
        findings: the obligations.
        lists: further sections, by title, each of some lines.
        facts: numbers and hashes, by name.
        counterexample: a sentence, and lines about its cause; empty where there is none.
        text: a counterexample as it is printed, where there is no run to show.
        run: both sides of a counterexample.
    """

    title: str
    verdict: str
    standing: str
    claim: str
    findings: tuple[FindingView, ...]
    lists: Mapping[str, Sequence[str]]
    facts: Mapping[str, str]
    counterexample: tuple[str, ...] = ()
    text: str = ""
    run: RunView | None = None
