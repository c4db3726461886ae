"""The syntax tree of a Python function, where it is certain that it is the function's."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType, FunctionType

__all__ = ["Definition", "definition_of"]

Definition = ast.FunctionDef | ast.Lambda

# Its body is run later, or piece by piece.
_DEFERRED = 0x20 | 0x80 | 0x100 | 0x200


def definition_of(function: FunctionType) -> Definition | None:
    """Returns the definition of a function; None where its source is not to be had."""
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    trees = _parsed("".join(lines), code.co_filename)
    # A file may have changed since it was imported: its code, compiled again, has to be the same.
    if trees is None or code.co_flags & _DEFERRED or code not in trees[1]:
        return None
    definitions = [
        node
        for node in ast.walk(trees[0])
        if isinstance(node, Definition) and _start(node) == (code.co_name, code.co_firstlineno)
    ]
    # Two functions of one name in one line may be different.
    return definitions[0] if len(definitions) == 1 else None


def _start(node: Definition) -> tuple[str, int]:
    if isinstance(node, ast.Lambda):
        return "<lambda>", node.lineno
    return node.name, min([node.lineno, *(line.lineno for line in node.decorator_list)])


@lru_cache(maxsize=32)
def _parsed(text: str, filename: str) -> tuple[ast.Module, frozenset[CodeType]] | None:
    try:
        tree = ast.parse(text, filename)
        code = compile(text, filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    return tree, frozenset(_codes(code))


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
