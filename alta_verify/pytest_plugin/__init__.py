"""The pytest plugin: programs whose weights are proved right, as tests.

    @pytest.mark.alta_verify(max_len=12)
    def test_router():
        return router()

The table ``[tool.alta_verify]`` of a pyproject.toml names programs without any test. Every run of
pytest imports this package, so it imports nothing that takes time until something is verified.
"""

from __future__ import annotations

import pytest

from alta_verify.pytest_plugin.entries import add_table, pytest_collect_file
from alta_verify.pytest_plugin.index import pytest_sessionfinish
from alta_verify.pytest_plugin.marked import (
    MARK_HELP,
    pytest_generate_tests,
    pytest_pyfunc_call,
    pytest_runtest_call,
)
from alta_verify.pytest_plugin.settings import SETTINGS, Settings

__all__ = [
    "pytest_collect_file",
    "pytest_generate_tests",
    "pytest_pyfunc_call",
    "pytest_runtest_call",
    "pytest_sessionfinish",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds options to the command line."""
    group = parser.getgroup("alta_verify", "proofs that Transformers compute ALTA programs")
    group.addoption(
        "--alta-verify-cache",
        metavar="DIR",
        help="where proved obligations are kept (default: this user's cache, as for alta-verify)",
    )
    group.addoption(
        "--alta-verify-no-cache", action="store_true", help="prove everything, keep nothing"
    )
    group.addoption(
        "--alta-verify-reports",
        metavar="DIR",
        help="save the report of every verification there: JSON, text, a page",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Reads the table and declares the mark."""
    config.addinivalue_line("markers", MARK_HELP)
    config.stash[SETTINGS] = Settings.of(config)
    add_table(config)
