"""The pytest plugin: programs whose weights are proved right, as tests.

    @pytest.mark.alta_verify(max_len=12)
    def test_router():
        return router()

The table ``[tool.alta_verify]`` of a pyproject.toml names programs without any test. Every run of
pytest imports this package, so it imports nothing that takes time until something is verified.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from alta_verify.pytest_plugin.entries import collect_table, with_table
from alta_verify.pytest_plugin.marked import MARK_HELP, check_marks, run_marked, watch
from alta_verify.pytest_plugin.settings import SETTINGS, Settings, add_options

__all__: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds options to the command line."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Reads the table and declares the mark."""
    config.addinivalue_line("markers", MARK_HELP)
    config.stash[SETTINGS] = Settings.of(config)
    with_table(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collects the entries of the table."""
    return collect_table(file_path, parent)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Looks at the marks of every test function."""
    check_marks(metafunc)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Sees to it that what is marked is verified."""
    return (yield from watch(item))


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Verifies what a marked test returns."""
    return (yield from run_marked(pyfuncitem))
