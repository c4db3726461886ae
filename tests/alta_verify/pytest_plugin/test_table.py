"""The entries of ``[tool.alta_verify]`` are tests, and what is wrong with them says where."""

from __future__ import annotations

import json

import pytest

import alta

pytest_plugins = ["pytester"]


def write(project: pytest.Pytester, table: str, testpaths: str = "[]") -> None:
    project.makefile(
        ".toml",
        pyproject=f"[tool.pytest.ini_options]\ntestpaths = {testpaths}\n\n"
        f"[tool.alta_verify]\n{table}\n",
    )


def ids(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if "::" in line and not line.startswith("FAILED")]


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
    write(project, VERIFY)
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
    write(project, 'verify = ["programs.py:conflicting"]')
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
    write(project, VERIFY)
    run("pyproject.toml::by module").assert_outcomes(passed=1)
    run("pyproject.toml::programs.py:program").assert_outcomes(passed=1)
    run("pyproject.toml").assert_outcomes(passed=5, failed=1)
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
    write(project, 'verify = ["programs.py:program"]', testpaths)
    project.mkdir("tests").joinpath("test_it.py").write_text("def test_it(): pass\n")
    # So nothing named test_*.py lies beside the table.
    result = run("--collect-only", "-q", *arguments)
    found = [one for one in ids(result) if one.startswith("pyproject.toml")]
    assert len(found) == entries
    assert "tests/test_it.py::test_it" in ids(result)


def test_a_table_in_some_other_folder_is_collected_only_if_it_is_named(project, run):
    write(project, 'verify = ["programs.py:program"]')
    folder = project.mkdir("example")
    (folder / "pyproject.toml").write_text('[tool.alta_verify]\nverify = ["own.py:program"]\n')
    (folder / "own.py").write_text("from programs import program\n")
    assert ids(run("--collect-only", "-q")) == ["pyproject.toml::programs.py:program"]
    result = run("-v", "example/pyproject.toml")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines("example/pyproject.toml::own.py:program PASSED*")


def test_entries_have_marks(project, run):
    write(
        project,
        'verify = ["programs.py:program", {program = "programs.py:other", marks = ["slow"]}]',
    )
    declared = ("--strict-markers", "-o", "markers=slow: takes long")
    run("-m", "not slow", *declared).assert_outcomes(passed=1, deselected=1)
    run("-m", "slow", *declared).assert_outcomes(passed=1, deselected=1)
    run("-m", "alta_verify").assert_outcomes(passed=2)


def test_a_mark_that_is_not_declared_is_refused_where_marks_are_strict(project, run):
    write(project, 'verify = [{program = "programs.py:program", marks = ["tedious"]}]')
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
    write(
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
        ("nowhere.py:program", "nowhere.py: no such file; expected FILE.py:ATTRIBUTE"),
        ("programs.py:programme", "programs.py has no 'programme'; did you mean 'program'?"),
        ("programs.py:number", "programs.py:number: expected an alta.Program or a function that*"),
        ("programs.py:broken", "programs.py:broken: output_name: no variable 'z'; known names: x*"),
        ("no.such:thing", "no.such: ModuleNotFoundError: No module named 'no'*"),
    ],
    ids=["shipped", "file", "attribute", "value", "program", "module"],
)
def test_a_program_that_is_not_there_is_an_error_that_says_where(program, complaint, project, run):
    write(project, f'verify = ["programs.py:program", "{program}"]')
    result = run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        f"{project.path}/pyproject.toml: tool.alta_verify.verify[[]1] ({program}): {complaint}"
    )
    assert not any("Traceback" in line or "alta/" in line for line in result.outlines)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("maxlen = 3", ": unknown option 'maxlen'; did you mean 'max_len'?"),
        ("max_len = 0", ": max_len: expected a whole number of at least 1, got 0"),
        ('timeout = "1"', ": timeout: expected a number of seconds, got '1'"),
        ('verify = "addition"', ": verify: expected a list of programs and tables, got 'addition'"),
        ("verify = [3]", ".verify[0]: expected a program or a table, got 3"),
        ("verify = ['']", ".verify[0]: program: expected a text, got ''"),
        ("verify = [{max_len = 3}]", ".verify[0]: expected program = \"…\", got {'max_len': 3}"),
        (
            'verify = ["addition", {program = "scan", size = 3}]',
            ".verify[1]: unknown option 'size'; did you mean 'sizes'?",
        ),
        (
            'verify = [{program = "scan", sizes = 3}]',
            ".verify[0]: sizes: expected a table of sizes, for example { cells = 3 }, got 3",
        ),
        (
            'verify = [{program = "scan", name = "a::b"}]',
            ".verify[0]: name: expected a text without '::' and '[', got 'a::b'",
        ),
        (
            'verify = [{program = "scan", marks = "slow"}]',
            ".verify[0]: marks: expected a list of names, got 'slow'",
        ),
        (
            'verify = [{program = "scan", allow = ["PROVED"]}]',
            (
                '.verify[0]: allow: expected a list of verdicts, of "UNKNOWN" and "VACUOUS", got '
                "['PROVED']"
            ),
        ),
        (
            'verify = [{program = "scan", weights = "w", dtype = "float32"}]',
            (
                ".verify[0]: dtype is for programs that are compiled, and weights have a format; "
                "leave one of them out"
            ),
        ),
        (
            'verify = ["scan", {program = "scan", max_len = 5}]',
            (
                ".verify[1] (scan): a test 'scan' is there already; give one of them another name "
                'with name = "…"'
            ),
        ),
        ("cache = true", ": cache: expected a folder, or false for no cache, got True"),
        ("reports = 3", ": reports: expected a text, got 3"),
    ],
    ids=lambda text: "" if text.startswith((":", ".")) else text,
)
@pytest.mark.parametrize("arguments", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_a_malformed_table_is_a_usage_error_that_says_where(
    table, complaint, arguments, project, run
):
    write(project, table)
    result = run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    where = f"{project.path}/pyproject.toml: tool.alta_verify"
    assert [line for line in result.errlines if line] == [f"ERROR: {where}{complaint}"]


def test_a_file_that_is_no_toml_is_a_usage_error_that_says_where(project, run):
    project.makeini("[pytest]")
    project.makefile(".toml", pyproject="[tool.alta_verify\n")
    result = run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(f"ERROR: {project.path}/pyproject.toml: Expected *")


def test_options_of_the_table_are_defaults_of_marked_tests(project, run):
    write(project, 'max_len = 3\nallow = ["VACUOUS"]')
    project.makepyfile(
        test_it="""
        import programs, pytest

        @pytest.mark.alta_verify
        def test_by_default():
            return programs.nothing()

        @pytest.mark.alta_verify(max_len=8)
        def test_otherwise():
            return programs.nothing()

        @pytest.mark.alta_verify(allow=[])
        def test_not_allowed():
            return programs.nothing()
        """
    )
    run("--alta-verify-reports", "reports").assert_outcomes(passed=2, failed=1)
    verdicts = {
        name: json.loads((project.path / "reports/test_it.py" / name / "report.json").read_text())
        for name in ("test_by_default", "test_otherwise", "test_not_allowed")
    }
    assert [one["verdict"] for one in verdicts.values()] == ["VACUOUS", "PROVED", "VACUOUS"]
