"""Judgements are reported: in files, in JUnit files, and where neither can be written."""

from __future__ import annotations

import re
from urllib.parse import unquote
from xml.etree import ElementTree

from tests.alta_verify.pytest_plugin.projects import (
    write,
)

pytest_plugins = ["pytester"]


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
    page = (saved / "pyproject.toml/programs.py%3Aconflicting/report.html").read_text("utf-8")
    assert "<title>REFUTED: " in page
    index = (saved / "index.html").read_text("utf-8")
    assert "<title>2 of 3 PROVED</title>" in index
    links = [saved / unquote(link) for link in re.findall(r'href="([^"]*html)"', index)]
    assert links[0].parent.name == "programs.py%3Aconflicting"
    assert all(link.is_file() for link in links)
    assert len(links) == 3


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


MEANT = """
import programs, pytest

def copied(tokens):
    return list(tokens)

@pytest.mark.alta_verify(max_len=2, spec=copied)
def test_a_function():
    return programs.copying()

@pytest.mark.alta_verify(max_len=2, spec="meant.py:zeros")
def test_a_name():
    return programs.copying()

@pytest.mark.alta_verify(max_len=2, spec="oracle")
def test_no_oracle():
    return programs.copying()
"""


def test_what_was_meant_is_judged_as_well(project, run):
    project.makepyfile(test_meant=MEANT, meant="def zeros(tokens):\n    return [0] * len(tokens)\n")
    result = run("test_meant.py")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "REFUTED: on input '1', position 0: the output is 1, and 0 was meant by 'zeros'*",
            "*has no oracle: say what was meant with --spec FILE.py:FUNCTION*",
        ]
    )


def test_what_was_meant_stands_in_the_table(project, run):
    write(project, spec="meant.py:zeros")
    project.makepyfile(meant="def zeros(tokens):\n    return [0] * len(tokens)\n")
    result = run("pyproject.toml::programs.py:program")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["REFUTED: on input '1'*was meant by 'zeros' (meant.py*"])
