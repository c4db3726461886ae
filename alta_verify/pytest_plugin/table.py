"""The table ``[tool.alta_verify]`` of a pyproject.toml: what is to be verified beside the tests."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, final

import pytest

from alta_verify.pytest_plugin.options import OPTIONS, Check, Options, checked, expecting

__all__ = ["FILE", "Entry", "Table"]

FILE: Final = "pyproject.toml"

_TABLE: Final = "tool.alta_verify"


@final
@dataclass(frozen=True)
class Entry:
    """One program to verify.

    Attributes:
        name: of the test.
        where: in which file and which entry it stands, for complaints.
        program: a shipped name, ``package.module:attribute`` or ``file.py:attribute``.
        sizes: keyword arguments of the function that gives the program.
        weights: the directory of a saved model; None to compile the program.
        marks: names of further marks of the test.
        options: the rest.
    """

    name: str
    where: str
    program: str
    sizes: Mapping[str, Any]
    weights: str | None
    marks: tuple[str, ...]
    options: Options


@final
@dataclass(frozen=True)
class Table:
    """The table of one file.

    Attributes:
        folder: of the file, in which paths and packages are looked for.
        defaults: options for all entries, and for marked tests where it is the root's table.
        entries: what is to be verified.
        cache: the folder of proved obligations, False for none, None where it is left open.
        reports: the folder that reports are saved in; None for nowhere.
    """

    folder: Path
    defaults: Mapping[str, Any]
    entries: tuple[Entry, ...]
    cache: str | Literal[False] | None
    reports: str | None

    @classmethod
    def read(cls, path: Path) -> Table | None:
        """Returns the table of a pyproject.toml; None where there is no file or no table.

        Raises:
            pytest.UsageError: for a file or a table that is malformed, saying where.
        """
        try:
            tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise pytest.UsageError(f"{path}: {error}") from error
        table = tool.get("alta_verify") if isinstance(tool, dict) else None
        return None if table is None else _table(table, path)


def _table(table: Any, path: Path) -> Table:
    where = f"{path}: {_TABLE}"
    if not isinstance(table, dict):
        raise pytest.UsageError(f"{where}: expected a table, got {table!r}")
    fields = checked(table, _IN_TABLE, where)
    defaults = {name: value for name, value in fields.items() if name in OPTIONS}
    entries = tuple(
        _entry(text, Options(**defaults), f"{where}.verify[{index}]")
        for index, text in enumerate(fields.get("verify", ()))
    )
    # A test is asked for by its name, which therefore has to be unique.
    first: dict[str, Entry] = {}
    for entry in entries:
        if entry.name in first:
            raise pytest.UsageError(
                f"{entry.where}: a test {entry.name!r} is there already; give one of them another "
                'name with name = "…"'
            )
        first[entry.name] = entry
    return Table(path.parent, defaults, entries, fields.get("cache"), fields.get("reports"))


def _entry(entry: Any, defaults: Options, where: str) -> Entry:
    table = {"program": entry} if isinstance(entry, str) else entry
    if not isinstance(table, dict):
        raise pytest.UsageError(f"{where}: expected a program or a table, got {entry!r}")
    fields = checked(table, _IN_ENTRY, where)
    if "program" not in fields:
        raise pytest.UsageError(f'{where}: expected program = "…", got {entry!r}')
    options: dict[str, Any] = {name: fields[name] for name in fields if name in OPTIONS}
    if "weights" in fields and "dtype" in fields:
        raise pytest.UsageError(
            f"{where}: dtype is for programs that are compiled, and weights have a format; leave "
            "one of them out"
        )
    if "weights" in fields:
        # A format for all is for all that are compiled.
        options["dtype"] = None
    return Entry(
        name=fields.get("name", fields["program"]),
        where=f"{where} ({fields['program']})",
        program=fields["program"],
        sizes=fields.get("sizes", {}),
        weights=fields.get("weights"),
        marks=fields.get("marks", ()),
        options=replace(defaults, **options),
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_name(value: Any) -> bool:
    return _is_text(value) and not any(part in value for part in ("::", "["))


_TEXT: Final = expecting("a text", _is_text)

_IN_TABLE: Final[Mapping[str, Check]] = {
    **OPTIONS,
    "verify": expecting("a list of programs and tables", lambda v: isinstance(v, list)),
    "cache": expecting("a folder, or false for no cache", lambda v: v is False or _is_text(v)),
    "reports": _TEXT,
}

_IN_ENTRY: Final[Mapping[str, Check]] = {
    **OPTIONS,
    "program": _TEXT,
    "name": expecting("a text without '::' and '['", _is_name),
    "sizes": expecting(
        "a table of sizes, for example { cells = 3 }", lambda v: isinstance(v, dict)
    ),
    "weights": _TEXT,
    "marks": expecting("a list of names", lambda v: isinstance(v, list) and all(map(_is_text, v))),
}
