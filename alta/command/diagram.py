"""Programs as diagrams: which head reads what, and which rules write what, in one layer."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from alta.interp.place import head_words
from alta.lang.paths import ManyPaths
from alta.lang.program import Program
from alta.visible import visible

__all__ = ["Arrow", "Diagram", "Node", "as_mermaid", "as_svg", "diagram_of"]

# Of the picture, in pixels: a box, and the gaps between boxes of a column and between columns.
_WIDTH: Final = 200
_HEIGHT: Final = 40
_GAP: Final = 14
_LANE: Final = 170
_TOP: Final = 56

_COLOURS: Final = {"query": "#b3541e", "key": "#2e7d4f", "value": "#2b62b8", "tests": "#777777"}


@final
@dataclass(frozen=True)
class Node:
    """A variable, a head, or the rules that write a variable.

    Attributes:
        name: what it is called.
        note: what it is, in a few words.
    """

    name: str
    note: str


@final
@dataclass(frozen=True)
class Arrow:
    """What flows from a node to one of a later column: each is a column and a place in it."""

    source: tuple[int, int]
    target: tuple[int, int]
    label: str


@final
@dataclass(frozen=True)
class Diagram:
    """A layer of a program: variables, heads, and variables again, with what flows between them."""

    title: str
    columns: tuple[tuple[str, tuple[Node, ...]], ...]
    arrows: tuple[Arrow, ...]


def diagram_of(program: Program) -> Diagram:
    """Returns the diagram of one layer of a program."""
    names, heads = list(program.variables), list(program.heads)
    before = [
        Node(name, f"{variable.kind}, {variable.description}")
        for name, variable in program.variables.items()
    ]
    reading = [Node(name, head_words(head)) for name, head in program.heads.items()]
    arrows = [
        Arrow((0, names.index(name)), (1, place), role)
        for place, head in enumerate(program.heads.values())
        for role, name in (("query", head.query), ("key", head.key), ("value", head.value))
        if name is not None
    ]
    after = []
    if isinstance(program.mlp, ManyPaths):
        after.append(Node("a function", program.mlp.reason))
        places = [*((0, n) for n in range(len(names))), *((1, n) for n in range(len(heads)))]
        arrows += [Arrow(place, (2, 0), "tests") for place in places]
    else:
        for variable, rules in program.rules_by_variable.items():
            tested = {atom.variable for rule in rules for atom in rule.atoms}
            for name in (*names, *heads):
                if name in tested:
                    source = (0, names.index(name)) if name in names else (1, heads.index(name))
                    arrows.append(Arrow(source, (2, len(after)), "tests"))
            if rules:
                plural = "" if len(rules) == 1 else "s"
                after.append(Node(variable, f"written by {len(rules):,} rule{plural}"))
    columns = (
        ("Variables", tuple(before)),
        ("Attention", tuple(reading)),
        ("MLP", tuple(after)),
    )
    return Diagram(program.name, columns, tuple(arrows))


def as_mermaid(program: Program) -> str:
    """Returns the diagram as text for Mermaid."""
    diagram = diagram_of(program)
    lines = ["flowchart LR"]
    for column, (title, nodes) in enumerate(diagram.columns):
        lines.append(f'  subgraph c{column}["{title}"]')
        left, right = ("([", "])") if column == 1 else ("[", "]")
        lines += [
            f'    n{column}_{place}{left}"{_quoted(node.name)}<br>{_quoted(node.note)}"{right}'
            for place, node in enumerate(nodes)
        ]
        lines.append("  end")
    for arrow in diagram.arrows:
        source, target = (f"n{column}_{place}" for column, place in (arrow.source, arrow.target))
        link = "-.->" if arrow.label == "tests" else f"-- {arrow.label} -->"
        lines.append(f"  {source} {link} {target}")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    # Mermaid has entities of its own.
    return _escape(text).replace("&#x27;", "'").replace("&quot;", "#quot;")


def _escape(text: str) -> str:
    return html.escape(visible(text, lines=False))


def as_svg(program: Program) -> str:
    """Returns the diagram as a picture."""
    diagram = diagram_of(program)
    rows = max(len(nodes) for _, nodes in diagram.columns)
    height = _TOP + rows * (_HEIGHT + _GAP) + 40
    width = 3 * _WIDTH + 2 * _LANE + 40
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">',
        f"<title>{_escape(diagram.title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *_arrows(diagram, rows),
    ]
    for column, (title, nodes) in enumerate(diagram.columns):
        parts.append(
            f'<text x="{_left(column)}" y="30" font-size="15" font-weight="bold">{title}</text>'
        )
        parts += [
            part
            for place, node in enumerate(nodes)
            for part in _box(column, place, nodes, rows, node)
        ]
    parts += _key(height)
    return "\n".join([*parts, "</svg>"])


def _left(column: int) -> int:
    return 20 + column * (_WIDTH + _LANE)


def _top(place: int, count: int, rows: int) -> float:
    """Returns where a box begins; a shorter column stands in the middle of a longer one."""
    return _TOP + (place + (rows - count) / 2) * (_HEIGHT + _GAP)


def _box(column: int, place: int, nodes: Sequence[Node], rows: int, node: Node) -> list[str]:
    x, y = _left(column), _top(place, len(nodes), rows)
    corner = 20 if column == 1 else 4
    # The note is in full where a mouse rests, and cut where it would leave the box.
    note = node.note if len(node.note) <= 31 else f"{node.note[:30]}…"
    name = node.name if len(node.name) <= 24 else f"{node.name[:23]}…"
    box = f'x="{x}" y="{y:g}" width="{_WIDTH}" height="{_HEIGHT}" rx="{corner}"'
    small = f'x="{x + 10}" y="{y + 33:g}" font-size="11" fill="#555555"'
    return [
        f"<g><title>{_escape(f'{node.name}: {node.note}')}</title>",
        f'<rect {box} fill="#f4f6fa" stroke="#56607a"/>',
        f'<text x="{x + 10}" y="{y + 17:g}">{_escape(name)}</text>',
        f"<text {small}>{_escape(note)}</text></g>",
    ]


def _arrows(diagram: Diagram, rows: int) -> list[str]:
    paths = []
    for arrow in diagram.arrows:
        (column, place), (column_to, place_to) = arrow.source, arrow.target
        x = _left(column) + _WIDTH
        y = _top(place, len(diagram.columns[column][1]), rows) + _HEIGHT / 2
        # What is read by a head comes in at different heights, as query, key and value.
        shift = {"query": -10, "key": 0, "value": 10, "tests": 0}[arrow.label]
        x_to = _left(column_to)
        y_to = _top(place_to, len(diagram.columns[column_to][1]), rows) + _HEIGHT / 2 + shift
        bend = (x_to - x) / 2
        dashed = ' stroke-dasharray="3 3"' if arrow.label == "tests" else ""
        paths.append(
            f'<path d="M{x} {y:g} C{x + bend:g} {y:g} {x_to - bend:g} {y_to:g} {x_to} {y_to:g}" '
            f'fill="none" stroke="{_COLOURS[arrow.label]}" stroke-opacity="0.7"{dashed}/>'
        )
    return paths


def _key(height: int) -> list[str]:
    """Returns what the colours of arrows mean."""
    parts = []
    for place, (label, colour) in enumerate(_COLOURS.items()):
        x = 20 + 110 * place
        dashed = ' stroke-dasharray="3 3"' if label == "tests" else ""
        ends = f'x1="{x}" x2="{x + 28}" y1="{height - 18}" y2="{height - 18}"'
        parts += [
            f'<line {ends} stroke="{colour}" stroke-width="2"{dashed}/>',
            f'<text x="{x + 34}" y="{height - 14}" font-size="12">{label}</text>',
        ]
    return parts
