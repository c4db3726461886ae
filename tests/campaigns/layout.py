"""Layout: rows of cells as lines."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["aligned"]


def aligned(rows: Iterable[list[str]]) -> list[str]:
    """Rows of cells as lines, the first column to the left."""
    known = list(rows)
    widths = [max(map(len, column)) for column in zip(*known, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in known
    ]
