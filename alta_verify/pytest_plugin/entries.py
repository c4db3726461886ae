"""Entries of the table as tests: one for each, under its name, in the pyproject.toml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, final

import pytest

from alta_verify.pytest_plugin.judgement import judge
from alta_verify.pytest_plugin.marked import MARK
from alta_verify.pytest_plugin.settings import FILE, SETTINGS, Entry

if TYPE_CHECKING:
    from alta import Program
    from alta.nn.model import Model

__all__ = ["add_table", "pytest_collect_file"]


def add_table(config: pytest.Config) -> None:
    """Adds the root's table to the arguments of a call that gives none.

    Without arguments pytest goes through ``testpaths``, which the table is not in; or through the
    folder at hand, where it comes across the table if that is the root.
    """
    path, table = config.rootpath / FILE, config.stash[SETTINGS].root
    covered = any(path.is_relative_to(config.rootpath / word) for word in config.args)
    # What was named is all that is wanted; and in the folder at hand pytest finds the table.
    is_asked = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not covered
    if is_asked and table is not None and table.entries:
        config.args.append(str(path))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collects the entries of the root's table, and of those named on the command line.

    Tables that happen to lie in some folder are not collected.
    """
    table = parent.config.stash[SETTINGS].tables.get(file_path)
    if table is None or not table.entries:
        return None
    collector: pytest.Collector = TableFile.from_parent(parent, path=file_path)
    return collector


@final
class TableFile(pytest.File):
    """A pyproject.toml whose table has entries."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yields a test for each entry."""
        for entry in self.config.stash[SETTINGS].tables[self.path].entries:
            yield EntryItem.from_parent(self, name=entry.name, entry=entry)


@final
class EntryItem(pytest.Item):
    """An entry as a test: it is set up by finding program and weights, and then verified."""

    def __init__(self, *, entry: Entry, **arguments: object) -> None:
        super().__init__(**arguments)  # type: ignore[arg-type]
        self.entry = entry
        self.subject: tuple[Program, Model | None] | None = None
        self.add_marker(MARK)
        for mark in entry.marks:
            self.add_marker(mark)

    def setup(self) -> None:
        """Finds the program and loads the weights, or fails saying where they were asked for."""
        # Imported once an entry is run, as it takes seconds.
        import alta
        from alta.command.finding import find_program

        entry, folder = self.entry, self.path.parent
        try:
            program = find_program(entry.program, dict(entry.sizes), folder)
            model = None if entry.weights is None else alta.load(folder / entry.weights)
        except alta.AltaError as error:
            raise pytest.fail.Exception(f"{entry.where}: {error}", pytrace=False) from None
        self.subject = program, model

    def runtest(self) -> None:
        """Verifies it."""
        if self.subject is None:
            raise RuntimeError("setup() was not called")
        judge(self, *self.subject, self.entry.options)

    def teardown(self) -> None:
        """Lets go of program and weights."""
        # Weights may be large, and pytest keeps every test until the end.
        self.subject = None

    def reportinfo(self) -> tuple[Path, None, str]:
        """Returns where the test stands, and a heading."""
        return self.path, None, f"verify {self.name}"
