"""Settings of a run of pytest: where its cache and its reports are."""

from __future__ import annotations

import pytest

from tests.alta_verify.pytest_plugin.projects import (
    REPORTS,
    cached,
    recalled,
    user_cache,
    write,
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
