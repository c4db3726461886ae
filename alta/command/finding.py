"""Finding programs: from what a user types to a `Program`."""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.util
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from alta import programs
from alta.command.parsers import blamed
from alta.errors import AltaError, ProgramWarning, nearest
from alta.lang.program import Program

__all__ = ["find_attribute", "find_program", "parse_sizes", "program_of"]


def parse_sizes(pairs: Iterable[str]) -> dict[str, Any]:
    """Reads ``KEY=VALUE`` pairs; a value is a Python literal, or else a string."""
    sizes = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key.isidentifier():
            raise AltaError(f"--with {pair}: expected KEY=VALUE, for example --with max_length=40")
        try:
            sizes[key] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            sizes[key] = text
    return sizes


def program_of(options: argparse.Namespace, *, quietly: bool = False) -> Program:
    """Returns the program that was named; quietly for commands that say what is odd about it."""
    with warnings.catch_warnings():
        if quietly:
            warnings.simplefilter("ignore", ProgramWarning)
        return find_program(options.program, parse_sizes(options.sizes))


def find_program(name: str, sizes: dict[str, Any], folder: Path | None = None) -> Program:
    """Returns the program that a user named, or raises an error that says what there is.

    The name is that of a shipped program, ``package.module:attribute`` or ``file.py:attribute``,
    where the attribute is a `Program` or a function of the sizes that returns one. Files and
    packages are looked for in a folder, None for the working folder.
    """
    place, colon, attribute = name.rpartition(":")
    if not colon:
        if name.endswith(".py"):
            raise AltaError(f"{name}: expected FILE.py:ATTRIBUTE, for example {name}:program")
        # `get` would take this one for its own parameter.
        if "name" in sizes:
            raise AltaError(f"program {name!r} has no size 'name'")
        return programs.get(name, **sizes)
    return _built(find_attribute(place, attribute, folder), name, sizes)


def find_attribute(place: str, attribute: str, folder: Path | None = None) -> Any:
    """Returns what a module or a file has under a name, or raises an error that says what it has.

    Files and packages are looked for in a folder, None for the working folder.
    """
    base = folder or Path.cwd()
    module = _from_file(place, base) if place.endswith(".py") else _imported(place, base)
    if not hasattr(module, attribute):
        candidates = [key for key, value in vars(module).items() if _may_be_program(value, module)]
        raise AltaError(f"{place} has no {attribute!r}; {nearest(attribute, candidates)}")
    return getattr(module, attribute)


def _may_be_program(value: object, module: ModuleType) -> bool:
    # What a module imported is not its own to be suggested.
    is_local = getattr(value, "__module__", None) == module.__name__
    return isinstance(value, Program) or (
        callable(value) and is_local and not isinstance(value, type)
    )


def _from_file(place: str, folder: Path) -> ModuleType:
    path = folder / place
    if not path.is_file():
        raise AltaError(f"{place}: no such file in {folder}; expected FILE.py:ATTRIBUTE")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise AltaError(f"{place}: cannot be loaded as a Python file")
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and pickle look a class's module up there; one of that name that is there stays.
    sys.modules.setdefault(path.stem, module)
    # As for a script, modules beside the file can be imported.
    if str(path.parent.resolve()) not in sys.path:
        sys.path.append(str(path.parent.resolve()))
    _guarded(lambda: spec.loader.exec_module(module), place)
    return module


def _imported(name: str, folder: Path) -> ModuleType:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    module: ModuleType = _guarded(lambda: importlib.import_module(name), name)
    return module


# Runs somebody else's code; whatever it raises becomes one line.
def _guarded(action: Any, where: str) -> Any:
    try:
        return action()
    except AltaError as error:
        raise AltaError(f"{where}: {error}") from error
    # An exit would otherwise pass for the status of a verdict.
    except (Exception, SystemExit) as error:
        said = blamed(error)
        at_place = not said.startswith(f"{type(error).__name__}: ")
        raise AltaError(said if at_place else f"{where}: {said}") from error


def _built(value: object, name: str, sizes: dict[str, Any]) -> Program:
    if isinstance(value, Program):
        if sizes:
            raise AltaError(
                f"{name} is a program already and takes no sizes, got {', '.join(sizes)!r}; name "
                "a function that builds one, or leave out --with"
            )
        return value
    if not callable(value):
        raise AltaError(
            f"{name}: expected an alta.Program or a function that returns one, got {value!r}"
        )
    result = _guarded(lambda: value(**sizes), name)
    if not isinstance(result, Program):
        raise AltaError(f"{name}: expected the function to return an alta.Program, got {result!r}")
    return result
