"""Programs as text for a terminal: what they declare, in the words of their users."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from alta.interp.place import head_words
from alta.lang.kinds import Variable
from alta.lang.paths import ManyPaths
from alta.lang.program import Program
from alta.lang.values import show_value
from alta.visible import visible

__all__ = ["described", "first_values", "language_of"]

# Of more tokens, first values and rules than this the first ones are shown.
_LIMIT: Final = 12

# Texts are cut after so many letters.
_LETTERS: Final = 80


def described(program: Program, *, all_rules: bool = False) -> str:
    """Returns a program as text: inputs and end, variables, heads and rules."""
    sections = [
        ("", _facts(program)),
        ("Variables", _table(_variables(program))),
        ("Heads", _table((name, f"reads {head_words(h)}") for name, h in program.heads.items())),
        *_rules(program, None if all_rules else _LIMIT),
    ]
    lines = [visible(program.name, lines=False)]
    for title, rows in sections:
        if rows := list(rows):
            lines += ["", title] if title else []
            lines += [visible(f"  {row}", lines=False) for row in rows]
    return "\n".join(lines)


def _facts(program: Program) -> Iterator[str]:
    """Yields the lines about inputs, output, and what ends a run."""
    rows = [("tokens", _listed(program.vocab)), ("inputs", language_of(program))]
    if program.position_range is not None:
        rows.append(("length", f"at most {program.position_range}"))
    rows.append(("output", program.output_name))
    halt = program.halt
    if halt is not None:
        rows.append(("halts", f"where '{halt.variable}' is {show_value(halt.value)} everywhere"))
    if program.layers is not None:
        layers = "as many as the length says" if callable(program.layers) else str(program.layers)
        rows.append(("layers", f"at most {layers}" if halt is not None else layers))
    width = sum(domain.width for domain in program.domains.values())
    rows.append(("width", f"{width} coordinates, where numbers are in one each"))
    return _table(rows)


def _variables(program: Program) -> Iterator[tuple[str, ...]]:
    for name, variable in program.variables.items():
        kind = f"{variable.kind}, {variable.description}"
        yield name, kind, _start(program, name, variable)


def _start(program: Program, name: str, variable: Variable) -> str:
    """Says what a variable starts with."""
    source, values, ellipsis = first_values(program, name, variable)
    if not values:
        return f"starts with a value of the {source}"
    by = "" if source == "default" else f", by {source},"
    return _cut(f"starts{by} at {' '.join(values)}{' …' if ellipsis else ''}")


def first_values(
    program: Program, name: str, variable: Variable
) -> tuple[str, tuple[str, ...], bool]:
    """Returns what the first value comes from, the first ones, and whether there are more.

    There are none to be shown where it is not known how many positions there are.
    """
    source = variable.initial.source
    counts = {"default": 1, "token": program.input_range, "position": program.position_range}
    count = counts[source] or 0
    values = [variable.initial_value(n, n, name=name) for n in range(min(count, _LIMIT))]
    return source, tuple(map(show_value, values)), count > _LIMIT


def language_of(program: Program) -> str:
    """Returns the input language as text, of which the end may be missing."""
    # A language of a pattern for each length is told by its short ones.
    return _cut(program.inputs.spec.tabulate(program.position_range or _LIMIT).to_text())


def _rules(program: Program, limit: int | None) -> Iterator[tuple[str, Iterable[str]]]:
    """Yields the rules of each variable; a program may be a function without any."""
    if isinstance(program.mlp, ManyPaths):
        yield "Rules", [f"a function without rules: {program.mlp.reason}"]
        return
    for name, rules in program.rules_by_variable.items():
        shown = [str(rule) for rule in rules[:limit]]
        hidden = len(rules) - len(shown)
        ellipsis = [f"{hidden:,} more: --rules shows them"] if hidden else []
        yield f"Rules that write {name}: {len(rules):,}", [*shown, *ellipsis] if rules else []


def _table(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yields rows of cells as lines with columns of one width."""
    cells = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _cut(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[:_LETTERS]}…"


def _listed(names: Sequence[str]) -> str:
    shown = " ".join(names[:_LIMIT])
    return f"{shown} … ({len(names)})" if len(names) > _LIMIT else shown
