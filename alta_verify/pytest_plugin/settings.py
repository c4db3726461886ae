"""Settings of a run of pytest: the table of its root, its cache, and where its reports go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, final

import pytest

from alta_verify.pytest_plugin.table import FILE, Table

__all__ = ["SETTINGS", "Settings", "add_options"]


def add_options(parser: pytest.Parser) -> None:
    """Adds the options of the command line."""
    group = parser.getgroup("alta_verify", "proofs that Transformers compute ALTA programs")
    group.addoption(
        "--alta-verify-cache",
        metavar="DIR",
        help="where proved obligations are kept (default: this user's cache, as for alta-verify)",
    )
    group.addoption(
        "--alta-verify-no-cache", action="store_true", help="prove everything, keep nothing"
    )
    group.addoption(
        "--alta-verify-reports",
        metavar="DIR",
        help="save the report of every verification there, as JSON and as text",
    )


@final
@dataclass(frozen=True)
class Settings:
    """What all verifications of a run share.

    Attributes:
        tables: the tables that entries may be collected from, by the path of their file.
        root: the table of the root directory, whose defaults are those of marked tests, too.
        folder: in which the command line was given.
        options: the options of the command line.
    """

    tables: Mapping[Path, Table]
    root: Table | None
    folder: Path
    options: Any

    @classmethod
    def of(cls, config: pytest.Config) -> Settings:
        """Reads the tables: that of the root directory, and those of files among the arguments.

        Raises:
            pytest.UsageError: when one is malformed, or the options contradict one another.
        """
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
        if self.root is not None and self.root.reports is not None:
            return self.root.folder / self.root.reports
        return None


SETTINGS: Final = pytest.StashKey[Settings]()
