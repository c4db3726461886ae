"""Tables: a run as rows of position x variable, with two columns a layer."""

from __future__ import annotations

import html
from typing import Any

from alta.interp.run import Run
from alta.interp.step import Table
from alta.lang.values import UNDEFINED, Value, show_value
from alta.visible import visible

__all__ = ["render_html", "render_rich", "render_text", "summary"]

_UNDEFINED = "·"


def summary(run: Run) -> str:
    """Returns one line: what came out, after how many layers, and why it ended."""
    outputs = " ".join(_shown(value) for value in run.outputs)
    end = "halted" if run.halted else "stopped at the bound"
    layers = f"{run.n_layers} layer{'' if run.n_layers == 1 else 's'}"
    name = visible(run.program.name, lines=False)
    return f"{name}: outputs {outputs or '(none)'}; {end} after {layers}"


def _shown(value: Value) -> str:
    return _UNDEFINED if value is UNDEFINED else show_value(value)


def _grid(run: Run) -> tuple[list[str], list[list[str]]]:
    """Returns the header and the rows; a column is a table of the run.

    Head outputs exist only after attention; a variable's value after attention is the one before
    it, so it is shown only where the MLP changes it, next to what it becomes.
    """
    header = ["position", "token", "variable", "start"]
    for layer in range(run.n_layers):
        header += [f"{layer + 1} attn", f"{layer + 1} mlp"]
    rows = []
    for position, token in enumerate(run.tokens):
        for index, name in enumerate(run.program.domains):
            labels = [str(position), run.program.vocab[token]] if index == 0 else ["", ""]
            labels = [visible(label, lines=False) for label in (*labels, name)]
            cells = [_cell(run.initial, position, name)]
            for state in run.states:
                cells.append(_cell(state.after_attention, position, name))
                cells.append(_cell(state.after_mlp, position, name))
            rows.append([*labels, *cells])
    return header, rows


def _cell(table: Table, position: int, name: str) -> str:
    return _shown(table[position][name]) if name in table[position] else ""


def render_text(run: Run) -> str:
    """Returns the run as plain text."""
    header, rows = _grid(run)
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    lines = [summary(run), ""]
    for row in [header, *rows]:
        cells = [
            cell.ljust(width) if column < 3 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def render_rich(run: Run) -> Any:
    """Returns the run as a rich table, changes in bold."""
    from rich.table import Table as RichTable
    from rich.text import Text

    header, rows = _grid(run)
    table = RichTable(title=Text(summary(run)), title_justify="left")
    for column, name in enumerate(header):
        table.add_column(Text(name), justify="left" if column < 3 else "right", no_wrap=True)
    for row in rows:
        styles = ["bold" if _changed(row, column) else "" for column in range(len(row))]
        # Text, since names may hold brackets, which rich would take for markup.
        table.add_row(*[Text(cell, style) for cell, style in zip(row, styles, strict=True)])
    return table


def _changed(row: list[str], column: int) -> bool:
    """Says whether this cell is what an MLP wrote."""
    return column > 4 and column % 2 == 1 and row[column] != "" and row[column] != row[column - 1]


def render_html(run: Run) -> str:
    """Returns the run as an HTML table, changes in bold."""
    header, rows = _grid(run)
    head = "".join(f"<th>{html.escape(name)}</th>" for name in header)
    body = "".join(
        "<tr>" + "".join(_html_cell(row, column) for column in range(len(row))) + "</tr>"
        for row in rows
    )
    return (
        f"<table><caption>{html.escape(summary(run))}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _html_cell(row: list[str], column: int) -> str:
    text = html.escape(row[column])
    return f"<td><b>{text}</b></td>" if _changed(row, column) else f"<td>{text}</td>"
