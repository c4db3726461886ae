"""The index lists the reports that are there, and is missed by no test."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from alta_verify.pytest_plugin.index import pytest_sessionfinish
from alta_verify.pytest_plugin.settings import SETTINGS


def session(reports, **attributes):
    lines = []
    reporter = SimpleNamespace(write_line=lines.append)
    plugins = SimpleNamespace(get_plugin=lambda name: reporter)
    stash: Any = pytest.Stash()
    stash[SETTINGS] = SimpleNamespace(reports=reports)
    config = SimpleNamespace(stash=stash, pluginmanager=plugins, **attributes)
    pytest_sessionfinish(SimpleNamespace(config=config))
    return lines


def save(folder, verdict="PROVED", **changes):
    folder.mkdir(parents=True)
    said = {"program": "<p>", "verdict": verdict, "claim": "all", "seconds": 1.5, **changes}
    (folder / "report.json").write_text(json.dumps(said), encoding="utf-8")


def test_what_is_not_proved_comes_first(tmp_path):
    save(tmp_path / "a.py" / "test_a")
    save(tmp_path / "b.py" / "test_b", "REFUTED")
    session(tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.index("b.py/test_b") < page.index("a.py/test_a")
    assert "&lt;p&gt;<td>all" in page


def test_other_files_of_that_name_are_passed_over(tmp_path):
    save(tmp_path / "ours")
    save(tmp_path / "others", seconds=None)
    (tmp_path / "others" / "report.json").write_text("{", encoding="utf-8")
    save(tmp_path / "more", seconds=None)
    session(tmp_path)
    assert "1 of 1 PROVED" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_workers_and_runs_without_reports_write_nothing(tmp_path):
    session(tmp_path)
    session(None)
    assert not (tmp_path / "index.html").exists()
    save(tmp_path / "a")
    session(tmp_path, workerinput={})
    assert not (tmp_path / "index.html").exists()


def test_an_index_that_cannot_be_written_is_said_and_no_more(tmp_path):
    save(tmp_path / "a")
    (tmp_path / "index.html").mkdir()
    (line,) = session(tmp_path)
    assert "expected a file, got a folder" in line
