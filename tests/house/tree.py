"""A tree of sources: its modules, what they import and how large they are.

The tests of this folder ask it of the two packages, and of made-up trees, where they have to fail.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

__all__ = ["PACKAGES", "ROOT", "Import", "Tree", "is_within", "our_tree", "strongly_connected"]

ROOT = Path(__file__).resolve().parents[2]

PACKAGES = ("alta", "alta_verify")


@dataclass(frozen=True)
class Import:
    """One imported name, with the place of the statement.

    Attributes:
        importer: the module that has the statement.
        imported: the module, or a name in a module.
        is_eager: whether it is carried out when the importer is imported.
        line: the line of the statement.
    """

    importer: str
    imported: str
    is_eager: bool
    line: int

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"

    def is_of(self, *packages: str) -> bool:
        """Says whether it imports a package or something in it."""
        return is_within(self.imported, *packages)


def is_within(module: str, *packages: str) -> bool:
    """Says whether a module is one of some packages or in one of them."""
    return any(module == package or module.startswith(package + ".") for package in packages)


@dataclass(frozen=True, eq=False)
class Tree:
    """Source files with their texts, by their paths from the root."""

    texts: Mapping[str, str]

    @classmethod
    def at(cls, root: Path, folders: Iterable[str] = PACKAGES) -> Tree:
        """Reads all Python files in some folders."""
        paths = sorted(path for folder in folders for path in (root / folder).rglob("*.py"))
        return cls({str(path.relative_to(root)): path.read_text("utf-8") for path in paths})

    @cached_property
    def syntax(self) -> Mapping[str, ast.Module]:
        """The parsed text of each file."""
        return {path: ast.parse(text) for path, text in self.texts.items()}

    @cached_property
    def modules(self) -> Mapping[str, str]:
        """The path of each module, by its name."""
        return {_module_name(path): path for path in self.texts}

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """All imports: of a module, on demand, and for types alone."""
        return tuple(
            Import(module, imported, is_eager, statement.lineno)
            for module, path in self.modules.items()
            for statement, is_eager in _statements(self.syntax[path].body, True)
            for imported in _imported(statement)
        )

    def target(self, statement: Import) -> str | None:
        """Returns the module of the tree that an import loads, if it does."""
        for name in (statement.imported, statement.imported.rpartition(".")[0]):
            if name in self.modules:
                return name
        return None

    @cached_property
    def arrows(self) -> Mapping[str, frozenset[str]]:
        """The modules that each module imports, all imports counted."""
        arrows: dict[str, set[str]] = {module: set() for module in self.modules}
        for statement in self.imports:
            target = self.target(statement)
            if target is not None and target != statement.importer:
                arrows[statement.importer].add(target)
        return {module: frozenset(targets) for module, targets in arrows.items()}

    @cached_property
    def folder_arrows(self) -> Mapping[str, frozenset[str]]:
        """The stages that the modules of each stage import; packages' lists of names left out.

        A package's own list of names stands above everything in it.
        """
        arrows: dict[str, set[str]] = {stage(module): set() for module in self.modules}
        for module, targets in self.arrows.items():
            if module not in PACKAGES:
                arrows[stage(module)] |= {stage(target) for target in targets} - {*PACKAGES}
        return {name: frozenset(targets - {name}) for name, targets in arrows.items()}


def stage(module: str) -> str:
    """The stage of a module: its folder, or itself at the top of its package."""
    return ".".join(module.split(".")[:2])


@cache
def our_tree() -> Tree:
    """The two packages of this project."""
    return Tree.at(ROOT)


def _module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imported(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if isinstance(statement, ast.ImportFrom):
        # A submodule counts as such, anything else as a name in its module.
        return [f"{statement.module}.{alias.name}" for alias in statement.names]
    return []


def _statements(body: list[ast.stmt], is_eager: bool) -> Iterator[tuple[ast.stmt, bool]]:
    """Yields all statements, and whether they are carried out on import."""
    for statement in body:
        yield statement, is_eager
        is_lazy = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
        is_typing = isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.dump(statement.test)
        for field in ("body", "orelse", "finalbody"):
            inner = getattr(statement, field, [])
            yield from _statements(
                inner, is_eager and not is_lazy and not (is_typing and field == "body")
            )
        for handler in getattr(statement, "handlers", []):
            yield from _statements(handler.body, is_eager and not is_lazy)
        for case in getattr(statement, "cases", []):
            yield from _statements(case.body, is_eager and not is_lazy)


def strongly_connected(arrows: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Returns the sets of nodes that reach one another, each sorted: the circles of a graph."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for target in arrows.get(waiting.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return seen

    reach = {node: reached(node) for node in arrows}
    circles = {
        frozenset(other for other in reach[node] if node in reach.get(other, ()))
        for node in arrows
        if node in reach[node]
    }
    return sorted(map(sorted, circles))
