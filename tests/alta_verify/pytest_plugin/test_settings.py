"""Settings of a run of pytest: where its cache and its reports are, and what its tables say."""

from __future__ import annotations

import json

import pytest

from tests.alta_verify.pytest_plugin.projects import (
    REPORTS,
    cached,
    recalled,
    user_cache,
    write,
    write_table,
)

pytest_plugins = ["pytester"]


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


# --- tables ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("maxlen = 3", ": unknown option 'maxlen'; did you mean 'max_len'?"),
        ("max_len = 0", ': max_len: expected a whole number of at least 1, or "any", got 0'),
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
    write_table(project, table)
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
    write_table(project, 'max_len = 3\nallow = ["VACUOUS"]')
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
