"""Settings of a run of pytest: its tables of what is verified, its cache, where reports go."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, final

import pytest

from alta_verify.pytest_plugin.options import OPTIONS, Check, Options, checked, expecting

__all__ = ["FILE", "SETTINGS", "Entry", "Settings"]

FILE: Final = "pyproject.toml"

_TABLE: Final = "tool.alta_verify"


@final
@dataclass(frozen=True)
class Settings:
    """What all verifications of a run share.

    Entries are collected from the `tables`, by the path of their file. The defaults of that of the
    root directory are those of marked tests, too. The `options` were given in the `folder`.
    """

    tables: Mapping[Path, Table]
    root: Table | None
    folder: Path
    options: Any

    @classmethod
    def of(cls, config: pytest.Config) -> Settings:
        """Reads the tables: that of the root directory, and those of files among the arguments."""
        if config.option.alta_verify_no_cache and config.option.alta_verify_cache is not None:
            raise pytest.UsageError(
                "--alta-verify-cache and --alta-verify-no-cache: leave one of them out"
            )
        folder = config.invocation_params.dir
        # Arguments may be FILE::TEST, of which only the file matters here.
        named = [folder / word.partition("::")[0] for word in config.args]
        paths = [config.rootpath / FILE, *(path for path in named if path.name == FILE)]
        read = {path: Table.read(path) for path in dict.fromkeys(paths)}
        tables = {path: table for path, table in read.items() if table is not None}
        return cls(tables, tables.get(config.rootpath / FILE), folder, config.option)

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The options that marked tests have if they say nothing else."""
        return {} if self.root is None else self.root.defaults

    @cached_property
    def cache(self) -> Path | None:
        """The folder of proved obligations: as asked for, or the user's if it can be made."""
        if self.options.alta_verify_no_cache:
            return None
        if self.options.alta_verify_cache is not None:
            return Path(self.folder, self.options.alta_verify_cache)
        if self.root is not None and self.root.cache is not None:
            return None if self.root.cache is False else self.root.folder / self.root.cache
        from alta_verify.cache.memory import made_user_folder

        # Not in the working tree, where a commit could bring along proofs that nobody has found.
        return made_user_folder()

    @property
    def reports(self) -> Path | None:
        """The folder that reports are saved in, if they are."""
        if self.options.alta_verify_reports is not None:
            return Path(self.folder, self.options.alta_verify_reports)
        table = self.root
        return None if table is None or table.reports is None else table.folder / table.reports


SETTINGS: Final = pytest.StashKey[Settings]()


# --- the table [tool.alta_verify] of a pyproject.toml ---------------------------------------------


@final
@dataclass(frozen=True)
class Entry:
    """One program to verify, named as on a command line, under the name of its test.

    It stands `where` complaints say. Without the directory of a saved model as `weights` the
    program is compiled. The test has further `marks`.
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
    """The table of a file in the folder in which paths and packages are looked for.

    The `cache` for proved obligations is False for none, and None where it is left open.
    """

    folder: Path
    defaults: Mapping[str, Any]
    entries: tuple[Entry, ...]
    cache: str | Literal[False] | None
    reports: str | None

    @classmethod
    def read(cls, path: Path) -> Table | None:
        """Returns the table of a pyproject.toml; None where there is no file or no table."""
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
    entries: dict[str, Entry] = {}
    for index, text in enumerate(fields.get("verify", ())):
        entry = _entry(text, Options(**defaults), f"{where}.verify[{index}]")
        # A test is asked for by its name, which therefore has to be unique.
        if entry.name in entries:
            raise pytest.UsageError(
                f"{entry.where}: a test {entry.name!r} is there already; give one of them another "
                'name with name = "…"'
            )
        entries[entry.name] = entry
    places = fields.get("cache"), fields.get("reports")
    return Table(path.parent, defaults, tuple(entries.values()), *places)


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
    "name": expecting(
        "a text without '::' and '['", lambda v: _is_text(v) and not ("::" in v or "[" in v)
    ),
    "sizes": expecting(
        "a table of sizes, for example { cells = 3 }", lambda v: isinstance(v, dict)
    ),
    "weights": _TEXT,
    "marks": expecting("a list of names", lambda v: isinstance(v, list) and all(map(_is_text, v))),
}
