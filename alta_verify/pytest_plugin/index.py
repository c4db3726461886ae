"""The index of saved reports: one page with the verdict of each, and a link to its own page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from alta_verify.pytest_plugin.settings import SETTINGS

if TYPE_CHECKING:
    from alta.pages.views import Entry

__all__ = ["pytest_sessionfinish"]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Writes the index of all reports that are in the folder, once all workers have ended."""
    settings = session.config.stash.get(SETTINGS, None)
    is_worker = hasattr(session.config, "workerinput")
    if is_worker or settings is None or settings.reports is None:
        return
    entries = list(_entries(settings.reports))
    if not entries:
        return
    from alta.errors import AltaError
    from alta.pages.html import index_page, save_page

    try:
        save_page(settings.reports / "index.html", index_page(entries))
    except (AltaError, OSError) as error:
        # Every report is there; that they are not listed fails no test.
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(f"alta_verify: no index of the reports: {error}")


def _entries(folder: Path) -> Iterator[Entry]:
    """Yields what the reports in a folder say, those that are not PROVED first."""
    from alta.pages.views import Entry

    entries = []
    for path in sorted(folder.rglob("report.json")):
        place = path.parent.relative_to(folder)
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            entry = Entry(
                test=place.as_posix(),
                link=quote((place / "report.html").as_posix()),
                program=str(said["program"]),
                verdict=str(said["verdict"]),
                claim=str(said["claim"]),
                seconds=float(said["seconds"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            # Somebody else's file of this name.
            continue
        entries.append(entry)
    yield from sorted(entries, key=lambda entry: entry.verdict == "PROVED")
