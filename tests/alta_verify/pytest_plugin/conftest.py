"""Projects whose tests are run by a pytest of their own, with the plugin."""

from __future__ import annotations

from collections.abc import Callable

import pytest

# Imported beforehand, since pytester forgets what the pytest in this process imports.
import alta_verify.cache.memory
import alta_verify.report.rendering
import alta_verify.verification  # noqa: F401

PROGRAMS = """
import alta


def copying(value=1, **options):
    return alta.program_spec_from_rules(
        variables={"x": alta.input_var(2), "y": alta.var(2)},
        heads={},
        rules=[alta.rule({"x": 1, "y": 0}, "y", value)],
        **{"output_name": "y", "input_range": 2, "layers": 2, "name": "copying", **options},
    )


def other():
    return copying(value=0)


def conflicting():
    rules = [alta.rule({"x": 1}, "y", 1), alta.rule({"x": 1, "y": 0}, "y", 1)]
    return alta.replace(copying(), rules=rules)


def nothing():
    return copying(inputs=alta.inputs.regex("0{8}"))


def broken():
    return alta.replace(copying(), output_name="z")


program = copying()
number = 3
"""

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def project(pytester, monkeypatch) -> pytest.Pytester:
    """A folder with programs, and a cache of its own for its user."""
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makepyfile(programs=PROGRAMS)
    pytester.syspathinsert()
    return pytester


@pytest.fixture
def run(project) -> Run:
    """Runs pytest in the project: in this process, which has JAX already."""

    def run(*arguments: str) -> pytest.RunResult:
        return project.runpytest_inprocess(*PLUGINS, *arguments)

    return run


PLUGINS = ("-p", "alta_verify.pytest_plugin", "-p", "no:cacheprovider", "-p", "no:jaxtyping")


@pytest.fixture(autouse=True)
def the_code_is_not_edited_meanwhile(monkeypatch):
    from alta_verify.cache import key

    monkeypatch.setattr(key, "code_hash", lambda: "code")
