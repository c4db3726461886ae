"""Digests of specifications: those with the same digest say the same.

A function is its bytecode, its defaults, and all that it refers to, the functions that it calls
included, as deep as they go. What cannot be followed so, such as an object with methods or a module
of somebody else, has no digest; then nothing is kept of what was shown.
"""

from __future__ import annotations

import builtins
import dis
import functools
import hashlib
import json
import re
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final, final

import alta
from alta_verify.specs.specification import Specification

__all__ = ["digest"]

# The key of a claim has the code of both packages, and the version of Python: what these files say
# need not be looked at.
_PACKAGES: Final = (Path(alta.__file__).parent, Path(__file__).parents[1])
_STDLIB: Final = Path(sysconfig.get_paths()["stdlib"])

# Modules of the standard library whose functions depend on their arguments alone.
_PURE: Final = frozenset(
    re.findall(
        r"\w+",
        "bisect builtins cmath collections copy dataclasses decimal enum fractions functools heapq "
        "itertools math numbers operator re statistics string typing",
    )
)

# Built-in functions that do so as well; classes such as `int` all do.
_FUNCTIONS: Final = frozenset(
    re.findall(
        r"\w+",
        "abs all any bin chr divmod format getattr hasattr hex isinstance issubclass iter len max "
        "min next oct ord pow repr round sorted sum",
    )
)

_TEXTS: Final = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis))


def digest(specification: Specification) -> str:
    """Returns a hash of all that a specification says; a TypeError names what has none."""
    said = [type(specification).__qualname__, *_Pieces().of(specification.parts)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@final
class _Pieces:
    """The parts of a specification as texts; what refers to itself is followed once."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        # What is numbered is kept, so that nothing else gets its identity.
        self._kept: list[object] = []

    def of(self, part: Any) -> Iterator[str]:
        """Yields what a part is; types and sizes stand before what they are of."""
        if type(part) in _TEXTS:
            yield f"{type(part).__name__} {part!r}"
            return
        if id(part) in self._numbers:
            yield f"again {self._numbers[id(part)]}"
            return
        self._numbers[id(part)] = len(self._numbers)
        self._kept.append(part)
        match part:
            case tuple() | list():
                yield f"{_class(part)} {len(part)}"
                for entry in part:
                    yield from self.of(entry)
            case set() | frozenset():
                # Of an unordered collection the texts are sorted, each for itself.
                yield f"{_class(part)} {len(part)}"
                yield from sorted(json.dumps(list(_Pieces().of(entry))) for entry in part)
            case dict():
                yield f"{_class(part)} {len(part)}"
                for pair in part.items():
                    yield from self.of(pair)
            case functools.partial():
                yield "partial"
                yield from self.of((part.func, part.args, part.keywords))
            case FunctionType():
                yield from self._function(part)
            case MethodType():
                yield "method"
                yield from self.of((part.__func__, part.__self__))
            case CodeType():
                yield from self._code(part)
            case _:
                yield from self._thing(part)

    def _thing(self, part: Any) -> Iterator[str]:
        """Yields what is known by its name, or has fields."""
        if isinstance(part, ModuleType) and _is_covered(part.__name__, part):
            yield f"module {part.__name__}"
        elif isinstance(part, type) and _is_covered(part.__module__, part):
            yield _name(part)
        elif isinstance(part, BuiltinFunctionType) and _is_covered(part.__module__, part):
            if not isinstance(part.__self__, ModuleType | type(None)):
                raise TypeError(f"{part!r} has no digest: it belongs to an object")
            yield _name(part)
        elif hasattr(part, "__objclass__") and part.__objclass__.__module__ == "builtins":
            yield f"{part.__objclass__.__qualname__}.{part.__name__}"
        elif isinstance(part, Enum):
            yield f"{_class(part)}.{part.name}"
        elif hasattr(part, "__wrapped__") and type(part).__module__ == "functools":
            yield "cached"
            yield from self.of(part.__wrapped__)
        elif is_dataclass(part) and not isinstance(part, type):
            # Caches are no part of what is equal.
            compared = [field for field in fields(part) if field.compare]
            yield f"{_class(part)} {len(compared)}"
            for field in compared:
                yield from self.of(getattr(part, field.name))
        else:
            raise TypeError(f"{part!r} has no digest: it is a {type(part).__qualname__}")

    def _function(self, part: FunctionType) -> Iterator[str]:
        if _is_ours(part.__code__.co_filename) and "<" not in part.__qualname__:
            yield _name(part)
            return
        yield "function"
        yield from self.of((part.__code__, part.__defaults__, part.__kwdefaults__))
        yield from self.of(tuple(cell.cell_contents for cell in part.__closure__ or ()))
        for name in sorted(set(_names(part.__code__))):
            if name in part.__globals__:
                yield f"global {name}"
                yield from self.of(part.__globals__[name])
            elif not _is_pure(name):
                raise TypeError(f"{part!r} has no digest: it uses {name}")

    def _code(self, part: CodeType) -> Iterator[str]:
        for instruction in dis.get_instructions(part):
            if instruction.opname == "IMPORT_NAME" and instruction.argval not in _PURE:
                raise TypeError(f"{part!r} has no digest: it imports {instruction.argval}")
        yield f"code {part.co_code.hex()} {part.co_exceptiontable.hex()}"
        yield f"{part.co_argcount} {part.co_posonlyargcount} {part.co_kwonlyargcount}"
        yield f"{part.co_flags} {part.co_names} {part.co_varnames} {part.co_freevars}"
        yield from self.of((part.co_consts, part.co_cellvars))


def _is_pure(name: str) -> bool:
    """Says of a name that is no global one whether what it stands for depends on arguments alone.

    What is neither global nor built in is an attribute of something.
    """
    builtin = getattr(builtins, name, None)
    return builtin is None or isinstance(builtin, type) or name in _FUNCTIONS


def _names(code: CodeType) -> Iterator[str]:
    """Yields the names that code looks up, that of functions within it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _class(part: Any) -> str:
    kind = type(part)
    if not _is_covered(kind.__module__, kind):
        raise TypeError(f"{part!r} has no digest: its class may do anything")
    return _name(kind)


def _name(part: Any) -> str:
    return f"{part.__module__}.{part.__qualname__}"


def _is_covered(name: str | None, part: Any) -> bool:
    """Says whether something is of both packages, or of a pure part of the standard library."""
    module = part if isinstance(part, ModuleType) else sys.modules.get(name or "")
    file = getattr(module, "__file__", None)
    # A user's module may have a name of the library's.
    of_library = name in _PURE and (file is None or Path(file).is_relative_to(_STDLIB))
    return of_library or _is_ours(file or "")


def _is_ours(file: str) -> bool:
    return any(Path(file).is_relative_to(folder) for folder in _PACKAGES)
