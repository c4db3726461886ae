"""What is measured of a tree of sources: names that are pronouns, sizes, comments, docstrings."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from tests.house.tree import Tree

__all__ = ["PRONOUNS", "Size", "bindings", "comments", "pronouns", "sentences", "sizes"]

_WORDS = (
    "one ones own found known unknown more most rest mine theirs ours his its given here "
    "there other others another each every some both few many several such same this that "
    "these those it them they what which who else anything something nothing everything"
)

PRONOUNS = frozenset(_WORDS.split())
"""Words that stand for a noun which the reader would have to guess."""


@dataclass(frozen=True)
class Size:
    """A function, class or file with its number of lines."""

    kind: str
    name: str
    lines: int


def bindings(tree: Tree) -> Iterator[tuple[str, str]]:
    """Yields every name that a tree binds, with its place."""
    for path, module in tree.syntax.items():
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                # Python gives the arguments of its own methods their names.
                if not node.name.startswith("__"):
                    arguments = [
                        *node.args.posonlyargs,
                        *node.args.args,
                        *node.args.kwonlyargs,
                        *filter(None, (node.args.vararg, node.args.kwarg)),
                    ]
                    yield from ((a.arg, f"{path}:{a.lineno}") for a in arguments)
                yield node.name, f"{path}:{node.lineno}"
            elif isinstance(node, ast.ClassDef):
                yield node.name, f"{path}:{node.lineno}"
            elif isinstance(node, ast.Lambda):
                yield from ((a.arg, f"{path}:{a.lineno}") for a in node.args.args)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id, f"{path}:{node.lineno}"
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                yield node.attr, f"{path}:{node.lineno}"
            elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name is not None:
                yield node.name, f"{path}:{node.lineno}"


def pronouns(tree: Tree) -> list[str]:
    """Lists the names that are pronouns, with their places."""
    return [
        f"{place} {name}" for name, place in bindings(tree) if name.strip("_").lower() in PRONOUNS
    ]


def sizes(tree: Tree) -> Iterator[Size]:
    """Yields the lines of every file, class and function."""
    for path, module in tree.syntax.items():
        yield Size("file", path, len(tree.texts[path].splitlines()))
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                kind = "class" if isinstance(node, ast.ClassDef) else "function"
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield Size(kind, f"{path}: {node.name}", lines)


def comments(text: str) -> int:
    """Returns how many lines hold nothing but a comment."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return sum(t.type == tokenize.COMMENT and t.line.lstrip().startswith("#") for t in tokens)


def sentences(tree: Tree) -> Iterator[tuple[str, str]]:
    """Yields the docstring of every class, with its place."""
    for path, module in tree.syntax.items():
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef) and (docstring := ast.get_docstring(node)):
                yield f"{path}: {node.name}", docstring
