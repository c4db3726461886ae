"""Runs of pytest: its cache, its reports, JUnit files, several processes, and a quick start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.alta_verify.pytest_plugin.conftest import PLUGINS

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]

TEST = """
import programs, pytest

@pytest.mark.alta_verify(max_len=2)
def test_it():
    return programs.copying()
"""


def write(project: pytest.Pytester, **options: object) -> None:
    lines = [f"{name} = {json.dumps(value)}" for name, value in options.items()]
    text = '[tool.alta_verify]\nverify = ["programs.py:program", "programs.py:conflicting"]\n'
    project.makefile(".toml", pyproject="[tool.pytest.ini_options]\n" + text + "\n".join(lines))
    project.makepyfile(test_it=TEST)


def cached(folder: Path) -> list[str]:
    """The names of what is kept in a cache."""
    return sorted(path.name for path in folder.glob("*.json"))


def user_cache(project: pytest.Pytester) -> Path:
    # pytester has a home of its own.
    return Path(os.environ["HOME"]) / ".cache" / "alta-verify"


def recalled(project: pytest.Pytester) -> list[int]:
    """How many obligations of each report came from the cache."""
    files = sorted(project.path.glob("reports/**/report.json"))
    return [json.loads(file.read_text())["facts"]["cached"] for file in files]


@pytest.fixture(autouse=True)
def the_code_is_not_edited_meanwhile(monkeypatch):
    from alta_verify.cache import key

    monkeypatch.setattr(key, "code_hash", lambda: "code")


REPORTS = ("--alta-verify-reports", "reports")


def test_obligations_are_kept_in_the_users_cache_and_recalled(project, run):
    write(project)
    run(*REPORTS)
    assert recalled(project) == [0, 0, 0]
    # The program of the entry is that of the test, but for the length of inputs.
    assert len(cached(user_cache(project))) == 3
    run(*REPORTS).assert_outcomes(passed=2, failed=1)
    failing, proved, marked = recalled(project)
    assert failing == 0
    assert proved > 5
    assert marked > 5


def test_the_cache_can_be_elsewhere(project, run):
    write(project)
    run("--alta-verify-cache", "kept")
    assert len(cached(project.path / "kept")) == 3
    assert not user_cache(project).exists()
    write(project, cache="table")
    run()
    assert len(cached(project.path / "table")) == 3
    assert not user_cache(project).exists()


def test_there_can_be_no_cache(project, run):
    write(project)
    run("--alta-verify-no-cache").assert_outcomes(passed=2, failed=1)
    assert not user_cache(project).exists()
    write(project, cache=False)
    run().assert_outcomes(passed=2, failed=1)
    assert not user_cache(project).exists()


def test_the_command_line_counts_before_the_table(project, run):
    write(project, cache="table", reports="saved")
    run("--alta-verify-cache", "kept", *REPORTS)
    assert len(cached(project.path / "kept")) == 3
    assert not (project.path / "table").exists()
    assert not (project.path / "saved").exists()
    assert len(recalled(project)) == 3
    run("--alta-verify-no-cache")
    assert not (project.path / "table").exists()


def test_a_cache_and_no_cache_is_a_usage_error(project, run):
    write(project)
    result = run("--alta-verify-no-cache", "--alta-verify-cache", "kept")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert (
        "ERROR: --alta-verify-cache and --alta-verify-no-cache: leave one of them out"
    ) in result.errlines


def test_a_home_that_cannot_be_written_to_is_done_without(project, run, monkeypatch):
    write(project)
    (project.path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(project.path / "file"))
    run().assert_outcomes(passed=2, failed=1)


def test_reports_are_saved_under_the_names_of_the_tests(project, run):
    write(project, reports="saved")
    run()
    saved = project.path / "saved"
    files = sorted(path.relative_to(saved).as_posix() for path in saved.rglob("report.json"))
    assert files == [
        "pyproject.toml/programs.py%3Aconflicting/report.json",
        "pyproject.toml/programs.py%3Aprogram/report.json",
        "test_it.py/test_it/report.json",
    ]
    text = (saved / "test_it.py/test_it/report.txt").read_text(encoding="utf-8")
    assert text.startswith("PROVED  copying")


def test_where_no_report_can_be_saved_nothing_is_proved(project, run):
    write(project)
    (project.path / "file").write_text("")
    result = run("--alta-verify-reports", "file")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [f"reports: {project.path}/file/pyproject.toml/*: expected a folder, and */file is a file*"]
    )
    result.stdout.no_fnmatch_line("*REFUTED*")


def test_a_report_that_cannot_be_saved_fails_the_test_and_loses_no_verdict(project, run):
    write(project)
    place = project.path / "saved" / "pyproject.toml" / "programs.py%3Aconflicting"
    (place / "report.txt").mkdir(parents=True)
    result = run("--alta-verify-reports", "saved")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["REFUTED: on input '1'*", f"the report could not be saved in {place}: *"]
    )


def test_a_junit_file_has_verdicts_and_counterexamples(project, run):
    write(project)
    run("--junitxml", "junit.xml", "--alta-verify-no-cache")
    suite = ElementTree.parse(project.path / "junit.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "0")
    known = {case.get("name"): case for case in suite.iter("testcase")}
    assert set(known) == {"programs.py:program", "programs.py:conflicting", "test_it"}
    properties = {
        name: {one.get("name"): one.get("value") for one in case.iter("property")}
        for name, case in known.items()
    }
    assert properties["programs.py:program"].pop("alta_verify_obligations") != "0"
    assert properties["programs.py:program"] == {
        "alta_verify_verdict": "PROVED",
        "alta_verify_max_len": "20",
        "alta_verify_cached": "0",
    }
    assert properties["test_it"]["alta_verify_max_len"] == "2"
    assert properties["programs.py:conflicting"]["alta_verify_verdict"] == "REFUTED"
    (failure,) = known["programs.py:conflicting"].iter("failure")
    assert str(failure.text).startswith("REFUTED: on input '1': layer 1, position 0: rules ")


def elsewhere(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Runs pytest in a process of its own."""
    path = os.pathsep.join([str(ROOT), str(project.path)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)
        return project.runpytest_subprocess(*PLUGINS, *arguments)


def test_workers_of_xdist_run_every_entry_once(project):
    write(project)
    folder = project.mkdir("tests")
    (project.path / "test_it.py").rename(folder / "test_it.py")
    text = (project.path / "pyproject.toml").read_text()
    options = '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'
    (project.path / "pyproject.toml").write_text(
        text.replace("[tool.pytest.ini_options]\n", options)
    )
    result = elsewhere(project, "-n", "2", "-v", "--junitxml", "junit.xml", *REPORTS)
    result.assert_outcomes(passed=2, failed=1)
    cases = ElementTree.parse(project.path / "junit.xml").getroot().iter("testcase")
    assert sorted((case.get("classname"), case.get("name")) for case in cases) == [
        ("pyproject.toml", "programs.py:conflicting"),
        ("pyproject.toml", "programs.py:program"),
        ("tests.test_it", "test_it"),
    ]
    assert len(recalled(project)) == 3


def test_nothing_that_takes_time_is_imported_until_something_is_verified(project):
    write(project)
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
    result = elsewhere(project, "-q", "pyproject.toml::programs.py:program")
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
