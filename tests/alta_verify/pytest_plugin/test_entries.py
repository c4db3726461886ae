"""Entries of the table are tests, each run once, unless something else is asked for."""

from __future__ import annotations

import pytest

import alta
from tests.alta_verify.pytest_plugin.projects import (
    ids,
    write_table,
)

pytest_plugins = ["pytester"]

VERIFY = """
max_len = 2
verify = [
    "programs.py:program",
    { program = "programs:copying", name = "by module" },
    { program = "programs.py:copying", sizes = { value = 0 }, name = "with sizes" },
    { program = "parity_sequential_relative", max_len = 3, max_layers = 2, dtype = "float64" },
    { program = "programs.py:nothing", allow = ["VACUOUS"] },
    { program = "programs.py:conflicting", name = "wrong" },
]
"""


def test_each_entry_is_a_test_with_a_name(project, run):
    write_table(project, VERIFY)
    result = run()
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines("FAILED pyproject.toml::wrong - *")
    assert ids(run("--collect-only", "-q")) == [
        "pyproject.toml::programs.py:program",
        "pyproject.toml::by module",
        "pyproject.toml::with sizes",
        "pyproject.toml::parity_sequential_relative",
        "pyproject.toml::programs.py:nothing",
        "pyproject.toml::wrong",
    ]


def test_a_failure_is_the_counterexample_alone(project, run):
    write_table(project, 'verify = ["programs.py:conflicting"]')
    result = run()
    start = result.outlines.index(next(one for one in result.outlines if one.startswith("____")))
    assert result.outlines[start + 1 :][:6] == [
        (
            "REFUTED: on input '1': layer 1, position 0: rules 'x=1 -> y := 1' and "
            "'x=1 & y=0 -> y := 1' both fire and both write 'y'"
        ),
        "",
        "        start  layer 1",
        "0 1  x  1",
        "     y  0               ←",
        result.outlines[start + 6],
    ]
    assert "short test summary" in result.outlines[start + 6]


def test_an_entry_can_be_chosen_by_its_id(project, run):
    write_table(project, VERIFY)
    run("pyproject.toml::by module").assert_outcomes(passed=1)
    run("pyproject.toml::programs.py:program").assert_outcomes(passed=1)
    assert len(ids(run("--collect-only", "-q", "pyproject.toml"))) == 6
    run("-k", "wrong").assert_outcomes(failed=1, deselected=5)


@pytest.mark.parametrize(
    ("testpaths", "arguments", "entries"),
    [
        ("[]", [], 1),
        ('["tests"]', [], 1),
        ('["tests", "pyproject.toml"]', [], 1),
        ('["."]', [], 1),
        ('["tests"]', ["tests"], 0),
        ('["tests"]', ["tests/test_it.py"], 0),
        ('["tests"]', ["tests", "pyproject.toml"], 1),
        ('["tests"]', ["."], 1),
    ],
    ids=[
        "no testpaths",
        "testpaths",
        "testpaths with the table",
        "testpaths with everything",
        "a folder",
        "a file",
        "a folder and the table",
        "everything",
    ],
)
def test_entries_are_run_once_unless_something_else_is_asked_for(
    testpaths, arguments, entries, project, run
):
    write_table(project, 'verify = ["programs.py:program"]', testpaths)
    project.mkdir("tests").joinpath("test_it.py").write_text("def test_it(): pass\n")
    # So nothing named test_*.py lies beside the table.
    result = run("--collect-only", "-q", *arguments)
    found = [one for one in ids(result) if one.startswith("pyproject.toml")]
    assert len(found) == entries
    assert "tests/test_it.py::test_it" in ids(result)


def test_a_table_in_some_other_folder_is_collected_only_if_it_is_named(project, run):
    write_table(project, 'verify = ["programs.py:program"]')
    folder = project.mkdir("example")
    (folder / "pyproject.toml").write_text('[tool.alta_verify]\nverify = ["own.py:program"]\n')
    (folder / "own.py").write_text("from programs import program\n")
    assert ids(run("--collect-only", "-q")) == ["pyproject.toml::programs.py:program"]
    result = run("-v", "example/pyproject.toml")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines("example/pyproject.toml::own.py:program PASSED*")


def test_entries_have_marks(project, run):
    write_table(
        project,
        'verify = ["programs.py:program", {program = "programs.py:other", marks = ["slow"]}]',
    )
    declared = ("--strict-markers", "-o", "markers=slow: takes long")
    run("-m", "not slow", *declared).assert_outcomes(passed=1, deselected=1)
    run("-m", "slow", *declared).assert_outcomes(passed=1, deselected=1)
    run("-m", "alta_verify").assert_outcomes(passed=2)


def test_a_mark_that_is_not_declared_is_refused_where_marks_are_strict(project, run):
    write_table(project, 'verify = [{program = "programs.py:program", marks = ["tedious"]}]')
    result = run("--strict-markers")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines("*'tedious' not found in `markers` configuration option*")


def test_weights_are_those_of_a_folder_beside_the_table(project, run):
    program = alta.program_spec_from_rules(
        variables={"x": alta.input_var(2), "y": alta.var(2)},
        heads={},
        rules=[alta.rule({"x": 1, "y": 0}, "y", 1)],
        output_name="y",
        input_range=2,
        layers=2,
    )
    alta.compile(program, dtype="float64").save(project.path / "right")
    alta.compile(alta.replace(program, rules=[])).save(project.path / "wrong")
    write_table(
        project,
        'dtype = "bfloat16"\n'
        + "".join(
            f'[[tool.alta_verify.verify]]\nprogram = "programs.py:program"\nname = "{name}"\n'
            f'weights = "{name}"\n'
            for name in ("right", "wrong", "missing")
        ),
    )
    result = run()
    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["*pyproject.toml: tool.alta_verify.verify[[]2] (programs.py:program): *missing*"]
    )


@pytest.mark.parametrize(
    ("program", "complaint"),
    [
        ("adition", "no shipped program 'adition'; did you mean 'addition'?"),
        ("nowhere.py:program", "nowhere.py: no such file in *; expected FILE.py:ATTRIBUTE"),
        ("programs.py:programme", "programs.py has no 'programme'; did you mean 'program'?"),
        ("programs.py:number", "programs.py:number: expected an alta.Program or a function that*"),
        ("programs.py:broken", "programs.py:broken: output_name: no variable 'z'; known names: x*"),
        ("no.such:thing", "no.such: ModuleNotFoundError: No module named 'no'*"),
    ],
    ids=["shipped", "file", "attribute", "value", "program", "module"],
)
def test_a_program_that_is_not_there_is_an_error_that_says_where(program, complaint, project, run):
    write_table(project, f'verify = ["programs.py:program", "{program}"]')
    result = run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        f"{project.path}/pyproject.toml: tool.alta_verify.verify[[]1] ({program}): {complaint}"
    )
    assert not any("Traceback" in line or "alta/" in line for line in result.outlines)
