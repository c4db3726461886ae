"""Source mutants: modules with one operator, number or keyword changed.

What can be changed, and how, is Cosmic Ray's. Left out is what changes nothing that is computed:
annotations, decorators, `__all__`, and the words of errors.
"""

from __future__ import annotations

import ast
import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

from tests.campaigns.operators import OPERATORS

__all__ = ["ROOT", "Place", "SourceMutant", "line_at", "places", "sampled"]

ROOT = Path(__file__).parents[2]

Spot = tuple[int, int]
"""Line, from 1, and column, from 0."""


@dataclass(frozen=True)
class Place:
    """One thing that can be done to a module.

    Attributes:
        module: its file, from the root of the project.
        operator: what does it, as Cosmic Ray calls it.
        occurrence: the how-manieth that the operator can do.
        start: where.
    """

    module: str
    operator: str
    occurrence: int
    start: Spot


@dataclass(frozen=True)
class SourceMutant:
    """A module with one change.

    Attributes:
        place: what was done.
        scope: the function or class in which it was done, empty outside of all.
        before: the lines that were changed, without indentation.
        after: what became of them.
        source: the whole module.
    """

    place: Place
    scope: str
    before: str
    after: str
    source: str

    @classmethod
    def of(cls, place: Place) -> SourceMutant | None:
        """Does what can be done; None where nothing comes of it."""
        old = read(place.module)
        new = mutate_code(old, OPERATORS[place.operator](), place.occurrence)
        if new is None or new == old or not _is_another(old, new):
            return None
        before, after = _difference(old.splitlines(), new.splitlines())
        return cls(place, _scope(place.module, place.start[0]), before, after, new)

    @property
    def name(self) -> str:
        return f"{self.place.module}: {self.scope or 'module'}: {self.before} -> {self.after}"


def _is_another(old: str, new: str) -> bool:
    """Whether a text is a module with the same parameters: the star of `*, x` is no operator."""
    try:
        return _parameters(old) == _parameters(new)
    except SyntaxError:
        return False


def _parameters(source: str) -> list[tuple[int, ...]]:
    """How many parameters of each kind every function has."""
    every = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.arguments)]
    return [tuple(map(len, (one.posonlyargs, one.args, one.kwonlyargs))) for one in every]


@cache
def read(module: str) -> str:
    return (ROOT / module).read_text()


def _difference(old: list[str], new: list[str]) -> tuple[str, str]:
    """The lines in which two texts differ, each on one line."""
    first = next(
        (i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b),
        min(len(old), len(new)),
    )
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    return tuple(
        " ".join(" ".join(lines[first : len(lines) - last]).split()) for lines in (old, new)
    )


# --- what is left out -----------------------------------------------------------------------------


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(read(module))


def _spans(module: str) -> Iterator[tuple[Spot, Spot]]:
    """Yields the parts of a module that say nothing of what it computes."""
    lines = read(module).splitlines()

    def spot(line: int, offset: int) -> Spot:
        return line, len(lines[line - 1].encode()[:offset].decode())

    def span(node: ast.expr) -> tuple[Spot, Spot]:
        return spot(node.lineno, node.col_offset), spot(node.end_lineno, node.end_col_offset)

    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield span(node.annotation)
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            yield span(node.returns)
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            for one in node.decorator_list:
                start, end = span(one)
                yield (start[0], 0), end
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from map(span, node.exc.args)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            alias = node.targets[0].id[:1].isupper() and isinstance(node.value, ast.Subscript)
            if node.targets[0].id == "__all__" or alias:
                yield span(node.value)


@cache
def _left_out(module: str) -> tuple[list[Spot], list[Spot]]:
    spans = sorted(_spans(module))
    return [start for start, _ in spans], [end for _, end in spans]


def _is_left_out(module: str, at: Spot) -> bool:
    starts, ends = _left_out(module)
    index = bisect_right(starts, at)
    return any(at < end for end in ends[:index])


@cache
def _scopes(module: str) -> list[tuple[int, int, str]]:
    """The lines of every function and class, outer ones first."""
    found: list[tuple[int, int, str]] = []

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = prefix
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                name = f"{prefix}.{child.name}".lstrip(".")
                first = min([child.lineno, *(one.lineno for one in child.decorator_list)])
                found.append((first, child.end_lineno or first, name))
            visit(child, name)

    visit(_tree(module), "")
    return found


def _scope(module: str, line: int) -> str:
    around = [name for first, last, name in _scopes(module) if first <= line <= last]
    return around[-1] if around else ""


def line_at(place: Place) -> str:
    """Returns the line at which something is done, without indentation."""
    return " ".join(read(place.module).splitlines()[place.start[0] - 1].split())


# --- which there are ------------------------------------------------------------------------------


@cache
def places(module: str) -> tuple[Place, ...]:
    """Everything that can be done to a module."""
    nodes = list(ast_nodes(get_ast(read(module))))
    found = []
    for name, kind in OPERATORS.items():
        operator = kind()
        spots = [start for node in nodes for start, _ in operator.mutation_positions(node)]
        found += [
            Place(module, name, occurrence, start)
            for occurrence, start in enumerate(spots)
            if not _is_left_out(module, start)
        ]
    return tuple(sorted(found, key=lambda one: (one.start, one.operator, one.occurrence)))


def sampled(modules: Mapping[str, int], seed: int) -> Iterator[SourceMutant]:
    """Yields all mutants of some modules, mixed, always in the same order from the same seed.

    Something is done at every place before something else is done at the same place.

    Args:
        modules: how densely each is sampled.
        seed: another one gives another order.
    """
    turns = []
    for module, density in modules.items():
        # Depends on no other module.
        some = _by_turns(places(module), random.Random(f"{seed} {module}"))
        turns += [((n + 0.5) / len(some) / density, module, one) for n, one in enumerate(some)]
    for _, _, one in sorted(turns, key=lambda turn: turn[:2]):
        mutant = SourceMutant.of(one)
        if mutant is not None:
            yield mutant


def _by_turns(some: Sequence[Place], rng: random.Random) -> list[Place]:
    own: dict[Spot, list[Place]] = {}
    for one in some:
        own.setdefault(one.start, []).append(one)
    ranked = []
    for mine in own.values():
        rng.shuffle(mine)
        ranked += [(rank, rng.random(), one) for rank, one in enumerate(mine)]
    return [one for _, _, one in sorted(ranked, key=lambda item: item[:2])]
