"""The plugin starts quickly, is a part of the distribution, and runs in several processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.alta_verify.pytest_plugin.conftest import PLUGINS
from tests.alta_verify.pytest_plugin.projects import (
    REPORTS,
    recalled,
    write_table,
)

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]


def elsewhere(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Runs pytest in a process of its own."""
    path = os.pathsep.join([str(ROOT), str(project.path)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)
        return project.runpytest_subprocess(*PLUGINS, *arguments)


VACUOUS = """
max_len = 2
verify = [
    { program = "programs.py:nothing", name = "allowed", allow = ["VACUOUS"] },
    { program = "programs.py:nothing", name = "refused" },
]
"""
"""Entries that are verified without anything being compiled."""

MARKED = """
import programs, pytest

@pytest.mark.alta_verify(allow=["VACUOUS"])
def test_it():
    return programs.nothing()
"""


@pytest.mark.campaign
def test_workers_of_xdist_run_every_entry_once(project):
    write_table(project, VACUOUS, '["tests"]')
    project.mkdir("tests").joinpath("test_it.py").write_text(MARKED)
    result = elsewhere(project, "-n", "2", "-v", "--junitxml", "junit.xml", *REPORTS)
    result.assert_outcomes(passed=2, failed=1)
    cases = ElementTree.parse(project.path / "junit.xml").getroot().iter("testcase")
    assert sorted((case.get("classname"), case.get("name")) for case in cases) == [
        ("pyproject.toml", "allowed"),
        ("pyproject.toml", "refused"),
        ("tests.test_it", "test_it"),
    ]
    assert len(recalled(project)) == 3


@pytest.mark.campaign
def test_nothing_that_takes_time_is_imported_until_something_is_verified(project):
    write_table(project, VACUOUS)
    project.makepyfile(test_other="def test_other(): pass")
    project.makeconftest(
        "import sys\nHEAVY = {'alta', 'hypothesis', 'jax', 'numpy', 'rich', 'sympy', 'z3'}\n"
        "def pytest_sessionfinish():\n    print('LOADED', *sorted(set(sys.modules) & HEAVY))\n"
    )
    # Entries are collected, too, and so are marks of theirs.
    quiet = ("-q", "-p", "no:hypothesispytest", "-k", "other or no_such_entry")
    result = elsewhere(project, *quiet, "pyproject.toml", "test_other.py")
    result.assert_outcomes(passed=1, deselected=2)
    assert any(line.endswith("LOADED") for line in result.outlines)
    result = elsewhere(project, "-q", "pyproject.toml::allowed")
    result.assert_outcomes(passed=1)
    assert any("jax" in line and "z3" in line for line in result.outlines if "LOADED" in line)


def test_a_distribution_has_the_plugin():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    points = tomllib.loads(text)["project"]["entry-points"]["pytest11"]
    # Of the module's own name, so that `-p` with it loads no second one.
    assert points == {"alta_verify.pytest_plugin": "alta_verify.pytest_plugin"}
    code = "import alta_verify.pytest_plugin as p; print(p.pytest_addoption.__module__)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "alta_verify.pytest_plugin"
