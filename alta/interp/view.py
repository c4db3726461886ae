"""Views of runs: what a page shows of a run, or of a program's run beside its model's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from alta.interp.inside import Attention, Inside
from alta.interp.place import head_words
from alta.interp.step import Table, firing
from alta.lang.program import Program
from alta.lang.rules import Rule
from alta.lang.values import UNDEFINED, Value, show_value
from alta.pages.views import Cell, Fired, LayerView, Row, RunView

__all__ = ["Side", "run_view", "show"]

# So many positions are listed in a cell; of more it says how many.
_LISTED: Final = 3


@final
@dataclass(frozen=True)
class Side:
    """The states of a run, one and then two a layer, and what happened between them."""

    tables: Sequence[Table]
    attention: Attention
    inside: Inside | None = None


def run_view(
    program: Program,
    tokens: Sequence[int],
    summary: str,
    sides: Sequence[Side],
    *,
    start: int = 0,
    mark: tuple[int, str] | None = None,
) -> RunView:
    """Returns a run as pages show it, or two runs of one input, the second of a model.

    The page starts with a layer, and may mark a name at a position there.
    """
    inside, two_sided = sides[-1].inside, len(sides) > 1
    n_layers = max(len(side.tables) for side in sides) // 2
    words = {name: head_words(head) for name, head in program.heads.items()}
    return RunView(
        title=program.name,
        summary=summary,
        tokens=tuple(program.vocab[token] for token in tokens),
        layers=tuple(_layer(program, sides, number) for number in range(1 + n_layers)),
        heads={
            _head(name, side): text for side in range(len(sides)) for name, text in words.items()
        },
        sides=("program", "model") if two_sided else None,
        start=start,
        mark=mark,
        residual=None if inside is None else inside.residual,
        coordinates=() if inside is None else inside.coordinates,
    )


def _head(name: str, side: int) -> str:
    return f"{name} in the model" if side else name


def _layer(program: Program, sides: Sequence[Side], number: int) -> LayerView:
    # A side that has ended before has no tables, and no attention.
    tables = [side.tables[max(0, 2 * number - 2) : 2 * number + 1] for side in sides]
    taken = [side.attention[number - 1 : number] if number else [] for side in sides]
    attention = {
        _head(name, side): [_entries(row) for row in layer[name]]
        for side, layers in enumerate(taken)
        for layer in layers
        for name in program.heads
        if name in layer
    }
    rows = [_variable(name, [part[::2] for part in tables]) for name in program.variables]
    if number:
        rows += [
            _reads(name, [part[1:2] for part in tables], attention.get(name))
            for name in program.heads
        ]
    attended = tables[0][1] if len(tables[0]) > 1 else ()
    return LayerView(number, tuple(rows), _fired(program, attended), attention)


def _entries(row: Sequence[tuple[int, float]]) -> Any:
    """Returns what a position attends to as pages have it, short where shares are equal."""
    equal = len({weight for _, weight in row}) == 1 and abs(sum(w for _, w in row) - 1) < 1e-3
    if equal or not row:
        return [source for source, _ in row]
    return {source: float(f"{weight:.4g}") for source, weight in row}


def _variable(name: str, sides: Sequence[Sequence[Table]]) -> Row:
    cells = []
    for position in range(len(sides[0][0])):
        # A model may be that of another program.
        values = [[table[position].get(name) for table in side] for side in sides]
        text, second = _texts([side[-1] if side else None for side in values])
        # Of the first side; it has one table where there is no layer before.
        first, *changed = values[0]
        before = show(first) if changed and changed[-1] != first else None
        cells.append(Cell(text, before, second))
    return Row(name, is_head=False, cells=tuple(cells))


def _reads(name: str, sides: Sequence[Sequence[Table]], attention: Any) -> Row:
    cells = []
    for position in range(max(len(table) for side in sides for table in side)):
        values = [side[0][position].get(name) if side else None for side in sides]
        text, second = _texts([_rounded(value) for value in values])
        sources = list(attention[position]) if attention else []
        listed = ",".join(map(str, sources)) if len(sources) <= _LISTED else f"{len(sources)}"
        suffix = " positions" if len(sources) > _LISTED else ""
        cells.append(Cell(text, None, second, f"{listed}{suffix}"))
    return Row(name, is_head=True, cells=tuple(cells))


def _texts(values: Sequence[Value | None]) -> tuple[str, str | None]:
    """Returns the first side's value as text, and the second one's where it differs."""
    first, *remaining = map(show, values)
    return first, next((text for text in remaining if text != first), None)


def show(value: Value | None) -> str:
    """Returns a value as tables have it."""
    if value is None:
        return "–"
    return "·" if value is UNDEFINED else show_value(value)


def _rounded(value: Value | None) -> Value | None:
    # A mean has many digits, of which nobody reads the last.
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _fired(program: Program, attended: Table | Sequence[Any]) -> tuple[Fired, ...]:
    places: dict[Rule, list[int]] = {}
    for position, local in enumerate(attended):
        for rule in firing(program, local):
            places.setdefault(rule, []).append(position)
    return tuple(Fired(str(rule), tuple(positions)) for rule, positions in places.items())
