"""Tables: a run as rows of position x variable, with two columns a layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from alta.interp.step import Table
from alta.lang.program import Program
from alta.lang.values import UNDEFINED, Value, show_value
from alta.visible import visible

__all__ = ["Grid"]

_UNDEFINED: Final = "·"

# The first columns, which are labels: position, token, variable.
_LABELS: Final = 3


@final
@dataclass(frozen=True)
class Grid:
    """A run as text: how it ends, and a row for each variable of each position."""

    name: str
    ending: str
    header: list[str]
    rows: list[list[str]]

    @classmethod
    def of(
        cls,
        program: Program,
        tokens: Sequence[int],
        outputs: Sequence[Value],
        end: str,
        tables: Sequence[Table],
    ) -> Grid:
        """Returns the grid of a run.

        Head outputs exist only after attention; a variable's value after attention is the one
        before it. The tables are the initial one, and then two a layer.
        """
        n_layers = len(tables) // 2
        name = visible(program.name, lines=False)
        shown = " ".join(map(_shown, outputs)) or "(none)"
        layers = f"{n_layers} layer{'' if n_layers == 1 else 's'}"
        header = ["position", "token", "variable", "start"]
        for layer in range(1, n_layers + 1):
            header += [f"{layer} attn", f"{layer} mlp"]
        # A row for each variable and head output of a position, a column for each state of the run.
        rows = [
            [
                *(visible(label, lines=False) for label in labels),
                *(_shown(table[position].get(labels[-1], "")) for table in tables),
            ]
            for position, token in enumerate(tokens)
            for labels in _labels(program, position, token)
        ]
        return cls(name, f"outputs {shown}; {end} after {layers}", header, rows)

    @property
    def summary(self) -> str:
        """Whose run it is, and how it ends."""
        return f"{self.name}: {self.ending}"

    def text(self) -> str:
        """Returns the grid as plain text."""
        lines = [self.header, *self.rows]
        # A column is as wide as its widest cell, header included.
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join([self.summary, "", *(_line(cells, widths) for cells in lines)])

    def rich(self) -> Any:
        """Returns the grid as a rich table, changes in bold."""
        from rich.table import Table as RichTable
        from rich.text import Text

        table = RichTable(title=Text(self.summary), title_justify="left")
        for column, name in enumerate(self.header):
            justify: Any = "left" if column < _LABELS else "right"
            table.add_column(Text(name), justify=justify, no_wrap=True)
        for row in self.rows:
            # Text, since names may hold brackets, which rich would take for markup.
            styles = ["bold" if _is_written(row, column) else "" for column in range(len(row))]
            table.add_row(*map(Text, row, styles))
        return table


def _labels(program: Program, position: int, token: int) -> list[tuple[str, str, str]]:
    """Returns the labels of the rows of a position; only the first row names it."""
    first, *names = program.domains
    return [(str(position), program.vocab[token], first), *(("", "", name) for name in names)]


def _shown(value: Value | str) -> str:
    if isinstance(value, str):
        return value
    return _UNDEFINED if value is UNDEFINED else show_value(value)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.ljust(width) if column < _LABELS else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()


def _is_written(row: Sequence[str], column: int) -> bool:
    """Says whether a cell differs from the one before, and so is what an MLP wrote."""
    # Behind the labels come the start, and then attention and MLP by turns.
    after_mlp = column > _LABELS + 1 and (column - _LABELS) % 2 == 0
    return after_mlp and row[column] != "" and row[column] != row[column - 1]
