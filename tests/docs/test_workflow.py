"""The workflow that the documentation shows is one, and its commands do what the page says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

import alta
from alta_verify.cache.memory import user_folder

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "use-in-ci.md"

BLOCKS = re.findall(
    r"^```yaml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)

PYPROJECT = """
[tool.pytest.ini_options]
testpaths = ["tests"]

[tool.alta_verify]
max_len = 4
verify = ["programs.py:router", { program = "parity_sequential_relative", weights = "models" }]
"""

PROGRAMS = """
import alta

def router():
    return alta.programs.parity_sequential_absolute(max_length=3)
"""


def workflow() -> dict[Any, Any]:
    return yaml.safe_load(BLOCKS[0])


def steps() -> list[dict[str, Any]]:
    return workflow()["jobs"]["verify"]["steps"]


def step(name: str) -> dict[str, Any]:
    (found,) = (one for one in steps() if one.get("name") == name)
    return found


def test_the_workflow_has_what_a_workflow_needs():
    known = workflow()
    # YAML 1.1 reads the key "on" as true, and so do the parsers that GitHub is not among.
    assert known[True] == ["push", "pull_request"]
    assert known["permissions"] == {"contents": "read"}
    for one in steps():
        assert ("run" in one) != ("uses" in one)
        assert one.keys() <= {"name", "run", "uses", "with", "if"}
        assert re.fullmatch(r"actions/[\w/-]+@v\d+", one.get("uses", "actions/none@v0"))


def test_what_is_restored_is_what_was_saved_before_and_each_run_saves_its_own():
    restore, save = step("Restore what was proved"), step("Keep what was proved")
    assert restore["uses"].replace("/restore@", "/save@") == save["uses"]
    key = restore["with"]["key"]
    assert save["with"] == {"path": restore["with"]["path"], "key": key}
    assert save["if"] == "always()"
    prefix = restore["with"]["restore-keys"]
    assert key.startswith(prefix)
    assert "run_id" in key.removeprefix(prefix)
    assert "run_id" not in prefix
    order = [one.get("name") for one in steps()]
    assert order.index(restore["name"]) < order.index("Verify") < order.index(save["name"])


def test_the_path_of_the_cache_is_where_the_plugin_keeps_it(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert Path(step("Restore what was proved")["with"]["path"]).expanduser() == user_folder()


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    """A repository with programs and weights to verify."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "programs.py").write_text(PROGRAMS)
    (folder / "tests").mkdir()
    (folder / "tests" / "test_it.py").write_text("def test_it(): pass\n")
    alta.compile(alta.programs.parity_sequential_relative()).save(folder / "models")
    return folder


def run(command: str, repository: Path, home: Path) -> int:
    """Runs a step as GitHub does, in a shell that ends at the first failure."""
    env = {name: value for name, value in os.environ.items() if name != "XDG_CACHE_HOME"}
    env |= {
        "HOME": str(home),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", "")]),
        "PYTHONPATH": str(ROOT),
        "PYTEST_ADDOPTS": "-p alta_verify.pytest_plugin",
    }
    done = subprocess.run(["bash", "-e", "-c", command], cwd=repository, env=env, check=False)
    return done.returncode


@pytest.mark.campaign
def test_the_commands_verify_a_repository_and_leave_reports(repository, tmp_path):
    # What the tests run in has been installed.
    assert step("Install")["run"].startswith("pip install . ")
    reports = repository / step("Upload reports")["with"]["path"]
    assert run(step("Verify")["run"], repository, tmp_path) == 0
    assert len(list((tmp_path / ".cache" / "alta-verify").iterdir())) == 2
    # Another push, with other weights of one program.
    broken = alta.replace(alta.programs.parity_sequential_relative(), rules=[])
    alta.compile(broken).save(repository / "models")
    shutil.rmtree(reports)
    assert run(step("Verify")["run"], repository, tmp_path) == 1
    cases = ElementTree.parse(reports / "junit.xml").getroot().iter("testcase")
    verdicts = {
        case.get("name"): [one.get("value") for one in case.iter("property")][:1] for case in cases
    }
    assert verdicts == {
        "test_it": [],
        "programs.py:router": ["PROVED"],
        "parity_sequential_relative": ["REFUTED"],
    }
    known = [json.loads(path.read_text()) for path in reports.glob("proofs/**/report.json")]
    cached = {one["verdict"]: one["facts"]["cached"] for one in known}
    assert cached["PROVED"] > 0
    assert cached["REFUTED"] == 0


def test_the_command_verifies_weights_of_a_repository(repository, tmp_path):
    (shown,) = yaml.safe_load(BLOCKS[1])
    alta.compile(alta.programs.parity_sequential_absolute(max_length=3)).save(
        repository / "models" / "router"
    )
    (repository / "reports").mkdir(exist_ok=True)
    assert run(shown["run"], repository, tmp_path) == 0
    assert json.loads((repository / "reports" / "router.json").read_text())["verdict"] == "PROVED"
