"""What projects of tests have, and what a run of pytest leaves there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

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


REPORTS = ("--alta-verify-reports", "reports")


def write_table(project: pytest.Pytester, table: str, testpaths: str = "[]") -> None:
    project.makefile(
        ".toml",
        pyproject=f"[tool.pytest.ini_options]\ntestpaths = {testpaths}\n\n"
        f"[tool.alta_verify]\n{table}\n",
    )


def ids(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if "::" in line and not line.startswith("FAILED")]
