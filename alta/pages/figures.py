"""Figures: views of runs and reports as pictures to print, drawn by matplotlib."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from io import BytesIO
from math import ceil, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from alta.errors import AltaError, nearest
from alta.extras import needed
from alta.output import check_file, whole_file
from alta.pages.views import Cell, LayerView, ReportView, Row, RunView
from alta.visible import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["KINDS", "report_figure", "run_figure", "save_figure"]

KINDS: Final = ("states", "attention", "residual")
"""What a figure of a run can show."""

# Inches: a row, the least width of a column, a letter, and the gaps between panels.
_ROW: Final = 0.22
_COLUMN: Final = 0.3
_LETTER: Final = 0.075
_GAP: Final = 0.25
_TOP: Final = 0.4

# Longer texts are cut, and beyond so many cells or panels nobody could read a figure.
_LETTERS: Final = 14
_CELLS: Final = 20_000
_PANELS: Final = 120
# Up to so many rows and columns have their names beside them.
_NAMED: Final = 64

_INK: Final = "#1b1f24"
_FAINT: Final = "#656d76"
_CHANGED: Final = "#dbe9fb"
_CHANGED_INK: Final = "#0a5cc2"
_DIFFERENT: Final = "#ffd9d4"
_DIFFERENT_INK: Final = "#b3261e"
_RESULTS: Final = {"proved": "#1a7f37", "failed": "#b3261e", "open": "#c28a00"}


def run_figure(
    view: RunView,
    show: str,
    layers: Iterable[int] | None = None,
    names: Iterable[str] | None = None,
) -> Figure:
    """Returns a figure of a run: its states, attention patterns or residual stream.

    Only some layers and only some variables, heads or coordinates are shown where these are given.
    """
    if show not in KINDS:
        raise AltaError(
            f"figure: show: expected one of {KINDS}, got {show!r}; {nearest(show, KINDS)}"
        )
    chosen = _chosen_layers(view, layers)
    if show == "states":
        return _states(view, chosen, _chosen(names, [row.name for row in view.layers[-1].rows]))
    if show == "attention":
        taken = [layer for layer in chosen if layer.attention]
        return _attention(view, taken, _chosen(names, view.layers[-1].attention))
    if view.residual is None:
        raise AltaError(
            "figure: a program has no residual stream; run its model, alta.compile(program).run"
        )
    return _residual(view, chosen, _chosen(names, view.coordinates))


def _chosen_layers(view: RunView, layers: Iterable[int] | None) -> list[LayerView]:
    if layers is None:
        return list(view.layers)
    last = len(view.layers) - 1
    chosen = list(layers)
    for number in chosen:
        if number not in range(last + 1):
            raise AltaError(f"figure: layers: expected numbers from 0 to {last}, got {number!r}")
    return [view.layers[number] for number in chosen]


def _chosen(names: Iterable[str] | None, known: Iterable[str]) -> list[str]:
    available = list(known)
    if names is None:
        return available
    chosen = [names] if isinstance(names, str) else list(names)
    for name in chosen:
        if name not in available:
            raise AltaError(
                f"figure: names: nothing is called {name!r}; {nearest(name, available)}"
            )
    return chosen


# --- states ---------------------------------------------------------------------------------------


def _states(view: RunView, layers: Sequence[LayerView], names: Sequence[str]) -> Figure:
    rows = {layer.number: _rows(layer, names) for layer in layers}
    cells = [cell for shown in rows.values() for row in shown for cell in row.cells]
    _check_size(len(cells))
    texts = [*map(_text, cells), *map(_cut, view.tokens)]
    column = max(_COLUMN, _LETTER * max(map(len, texts), default=0) + 0.1)
    height = max(map(len, rows.values()), default=0)
    panels = _Panels(
        view,
        len(layers),
        (len(view.tokens) * column, height * _ROW),
        max(map(len, names), default=0),
    )
    for place, layer in enumerate(layers):
        axes = panels.axes(place, height=len(rows[layer.number]) * _ROW)
        _state_panel(axes, view, layer, rows[layer.number])
        axes.set_title(
            "start" if layer.number == 0 else f"layer {layer.number}", fontsize=9, pad=18
        )
    return panels.figure


def _rows(layer: LayerView, names: Sequence[str]) -> list[Row]:
    by_name = {row.name: row for row in layer.rows}
    return [by_name[name] for name in names if name in by_name]


def _text(cell: Cell) -> str:
    return _cut(cell.text if cell.second is None else f"{cell.text} ≠ {cell.second}")


def _state_panel(axes: Axes, view: RunView, layer: LayerView, rows: Sequence[Row]) -> None:
    from matplotlib.patches import Rectangle

    for place, row in enumerate(rows):
        for position, cell in enumerate(row.cells):
            fill, ink = "white", _FAINT if row.is_head else _INK
            if cell.second is not None:
                fill, ink = _DIFFERENT, _DIFFERENT_INK
            elif cell.before is not None:
                fill, ink = _CHANGED, _CHANGED_INK
            marked = view.mark == (position, row.name) and layer.number == view.start
            edge, width = (_INK, 1.4) if marked else ("#d5dae0", 0.5)
            box = Rectangle(
                (position, place),
                1,
                1,
                facecolor=fill,
                edgecolor=edge,
                linewidth=width,
                zorder=2 if marked else 1,
            )
            axes.add_patch(box)
            axes.text(
                position + 0.5,
                place + 0.5,
                _text(cell),
                color=ink,
                fontsize=8,
                zorder=3,
                ha="center",
                va="center_baseline",
                parse_math=False,
                weight="bold" if cell.before is not None else "normal",
                style="italic" if row.is_head else "normal",
            )
    axes.set_xlim(0, len(view.tokens))
    axes.set_ylim(len(rows), 0)
    _ticks(axes, view.tokens, [row.name for row in rows], 0.5)


# --- matrices -------------------------------------------------------------------------------------


def _attention(view: RunView, layers: Sequence[LayerView], names: Sequence[str]) -> Figure:
    count = len(view.tokens)
    if len(layers) * len(names) > _PANELS:
        raise AltaError(
            f"figure: {len(layers) * len(names)} patterns are more than {_PANELS}; choose some of "
            "them with layers= or names="
        )
    side = max(1.4, count * 0.2)
    size = (side, side)
    longest = max(map(len, map(_cut, view.tokens)), default=0) if count <= _NAMED else 3
    # Names that are wider than a column stand upright.
    upright = count <= _NAMED and longest * _LETTER > side / count
    title = 0.35 + (longest * _LETTER if upright else 0.15)
    panels = _Panels(
        view, len(names) * len(layers), size, longest, columns=len(layers), title=title
    )
    for number, name in enumerate(names):
        for place, layer in enumerate(layers):
            axes = panels.axes(number * len(layers) + place)
            matrix = np.zeros((count, count))
            for query, entries in enumerate(layer.attention.get(name, ())):
                shares = (
                    entries
                    if isinstance(entries, dict)
                    else dict.fromkeys(entries, 1 / max(1, len(entries)))
                )
                for key, weight in shares.items():
                    matrix[query, key] = weight
            axes.imshow(matrix, cmap="Blues", vmin=0, vmax=1, aspect="auto")
            axes.set_title(f"{_cut(name, 20)}, layer {layer.number}", fontsize=8, parse_math=False)
            _ticks(axes, view.tokens, view.tokens, 0)
            if upright:
                axes.tick_params(axis="x", labelrotation=90)
    return panels.figure


def _residual(view: RunView, layers: Sequence[LayerView], names: Sequence[str]) -> Figure:
    residual, count = view.residual or (), len(view.tokens)
    _check_size(len(layers) * len(names) * count)
    rows = {view.coordinates.index(name): place for place, name in enumerate(names)}
    matrices = []
    for layer in layers:
        matrix = np.zeros((len(names), count))
        for position, stream in enumerate(residual[layer.number]):
            for coordinate, value in stream.items():
                if coordinate in rows:
                    matrix[rows[coordinate], position] = value
        matrices.append(matrix)
    largest = max((float(np.abs(matrix).max(initial=0.0)) for matrix in matrices), default=0) or 1.0
    row = _ROW if len(names) <= _NAMED else _ROW / 2
    size = (max(0.8, count * _COLUMN), len(names) * row)
    panels = _Panels(view, len(layers), size, max(map(len, map(_cut, names)), default=0))
    for place, (layer, matrix) in enumerate(zip(layers, matrices, strict=True)):
        axes = panels.axes(place)
        axes.imshow(matrix, cmap="RdBu_r", vmin=-1.2 * largest, vmax=1.2 * largest, aspect="auto")
        title = "embedding" if layer.number == 0 else f"after layer {layer.number}"
        axes.set_title(title, fontsize=9, pad=18)
        _ticks(axes, view.tokens, names, 0)
    return panels.figure


def _check_size(cells: int) -> None:
    if cells > _CELLS:
        raise AltaError(
            f"figure: {cells:,} cells are more than {_CELLS:,}, which nobody could read; choose "
            "some with layers= or names="
        )


def _ticks(axes: Axes, columns: Sequence[str], rows: Sequence[str], shift: float) -> None:
    """Puts tokens above, and names to the left."""
    axes.tick_params(length=0, labelsize=8, colors=_INK)
    axes.xaxis.tick_top()
    for axis, names in ((axes.xaxis, columns), (axes.yaxis, rows)):
        step = 1 if len(names) <= _NAMED else 10
        places = range(0, len(names), step)
        # Of many the places are numbered.
        labels = [_cut(names[place]) if step == 1 else str(place) for place in places]
        axis.set_ticks([place + shift for place in places], labels)
        for label in axis.get_ticklabels():
            label.set_parse_math(False)
    for spine in axes.spines.values():
        spine.set_color("#d5dae0")


class _Panels:
    """A figure of panels of one size, in rows, with room for names at the left of each."""

    def __init__(
        self,
        view: RunView,
        count: int,
        size: tuple[float, float],
        letters: int,
        *,
        columns: int | None = None,
        title: float = _TOP,
    ) -> None:
        """Makes the figure: as wide as high, roughly, where the columns are not given."""
        self._width, self._height = size
        self._label, self._title = _LETTER * min(letters, _LETTERS) + 0.15, title
        cell = (self._width + self._label + _GAP, self._height + self._title + _GAP)
        count = max(1, count)
        if columns is None:
            columns = ceil(sqrt(1.5 * count * cell[1] / cell[0]))
        self._columns = max(1, min(columns, count))
        self._cell = cell
        rows = ceil(count / self._columns)
        self._size = (self._columns * cell[0] + _GAP, rows * cell[1] + _TOP)
        self.figure = _empty(self._size)
        self.figure.text(
            _GAP / self._size[0],
            1 - 0.3 / self._size[1],
            _cut(view.title, 60),
            fontsize=11,
            color=_INK,
            weight="bold",
            parse_math=False,
        )

    def axes(self, place: int, *, height: float | None = None) -> Axes:
        """Returns a panel, which may be less high than others."""
        row, column = divmod(place, self._columns)
        high = self._height if height is None else height
        left = column * self._cell[0] + self._label + _GAP
        top = _TOP + row * self._cell[1] + self._title
        width, total = self._size
        return self.figure.add_axes(
            (left / width, 1 - (top + high) / total, self._width / width, high / total)
        )


def _empty(size: tuple[float, float]) -> Figure:
    """Returns a figure of a size in inches, which notebooks show without more ado."""
    figures: Any = needed("matplotlib.figure", "a figure", "figures")

    # Notebooks know how to show the figures of pyplot alone, whose state is global.
    class Shown(figures.Figure):  # type: ignore[misc]
        """A figure that knows its picture."""

        def _repr_png_(self) -> bytes:
            picture = BytesIO()
            self.savefig(picture, dpi=110, format="png")
            return picture.getvalue()

    return cast("Figure", Shown(figsize=size))


# --- reports --------------------------------------------------------------------------------------


def report_figure(view: ReportView) -> Figure:
    """Returns a figure of a report: both sides where they differ, or what obligations took."""
    if view.run is not None:
        return run_figure(view.run, "states", sorted({max(0, view.run.start - 1), view.run.start}))
    findings = view.findings
    height = max(1.2, len(findings) * _ROW + 0.9)
    longest = max((len(finding.name) for finding in findings), default=0)
    label = _LETTER * min(longest, 32) + 0.2
    figure = _empty((label + 4.5, height))
    axes = figure.add_axes(
        (label / (label + 4.5), 0.45 / height, 3.9 / (label + 4.5), 1 - 0.95 / height)
    )
    axes.barh(
        range(len(findings)),
        [finding.seconds for finding in findings],
        color=[_RESULTS.get(finding.result, _FAINT) for finding in findings],
    )
    axes.set_yticks(range(len(findings)), [_cut(finding.name, 32) for finding in findings])
    for text in axes.get_yticklabels():
        text.set_parse_math(False)
    axes.set_ylim(len(findings) - 0.4, -0.6)
    axes.tick_params(labelsize=8, colors=_INK)
    axes.set_xlabel("seconds", fontsize=9)
    axes.set_title(
        f"{view.verdict}: {_cut(view.title, 60)}", fontsize=11, loc="left", parse_math=False
    )
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure


# --- files ----------------------------------------------------------------------------------------


def save_figure(figure: Figure, path: str | Path) -> None:
    """Writes a figure in the format that the name of the file ends in, the same bytes each time."""
    place = Path(path)
    check_file(place)
    kinds = sorted(figure.canvas.get_supported_filetypes())
    kind = place.suffix.removeprefix(".").lower()
    if kind not in kinds:
        raise AltaError(
            f"{place}: expected a name that ends in a format such as .svg, .png or .pdf, got "
            f"{place.suffix!r}; there are {', '.join(kinds)}"
        )
    matplotlib: Any = needed("matplotlib", "a figure", "figures")
    unsaid = {
        "svg": {"Date": None, "Creator": None},
        "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
        "png": {"Software": None},
    }
    with whole_file(place) as draft, warnings.catch_warnings():
        # A token may have a character that the font lacks; a box stands in its place.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        with matplotlib.rc_context({"svg.hashsalt": "alta"}):
            figure.savefig(draft, dpi=200, format=kind, metadata=unsaid.get(kind))


def _cut(text: str, letters: int = _LETTERS) -> str:
    shown = visible(text, lines=False)
    return shown if len(shown) <= letters else f"{shown[: letters - 1]}…"
