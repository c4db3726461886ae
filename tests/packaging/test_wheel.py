"""What is released has what its users need, and needs what it says."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from email import message_from_string
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.packaging.requirements import BESIDE, CORE, PROJECT, imported

# --- the wheel itself, built and installed where nothing else is ----------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    command = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([sys.executable, *command], check=True, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


@pytest.mark.campaign
def test_the_wheel_has_the_packages_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    folders = {name.partition("/")[0] for name in names}
    assert folders == {"alta", "alta_verify", f"alta_verify-{PROJECT['version']}.dist-info"}
    here = {
        str(path.relative_to(ROOT))
        for package in ("alta", "alta_verify")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in names if ".dist-info/" not in name} == here


@pytest.mark.campaign
def test_the_wheel_says_what_it_needs_and_where_it_comes_from(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
        metadata = message_from_string(archive.read(name).decode())
    needs = metadata.get_all("Requires-Dist", [])
    assert imported([each for each in needs if "extra ==" not in each]) == CORE
    assert set(metadata.get_all("Provides-Extra", [])) == set(PROJECT["optional-dependencies"])
    assert [each.split(", ") for each in metadata.get_all("Project-URL", [])] == [
        [name, address] for name, address in PROJECT["urls"].items()
    ]
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload().startswith("# ALTA Verify")


@pytest.mark.campaign
@pytest.mark.skipif(
    find_spec("twine") is None or find_spec("build") is None,
    reason="the extra 'release' is not installed",
)
def test_wheel_and_source_archive_pass_the_index_s_checks(tmp_path):
    build = [sys.executable, "-m", "build", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, cwd=tmp_path)
    archives = sorted(map(str, tmp_path.iterdir()))
    check = [sys.executable, "-m", "twine", "check", "--strict", *archives]
    subprocess.run(check, check=True, cwd=tmp_path)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    assert {"README.md", "LICENSE", "Makefile", "constraints.txt", "docs/conf.py"} <= names
    assert not any(name.startswith("docs/_build") for name in names)


# Imports every module; those that need an extra say which.
IMPORT_ALL = """
import importlib, pkgutil, sys
import alta, alta_verify
for package in (alta, alta_verify):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".", lambda _: None):
        if module.name.endswith("__main__"):
            continue
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            print(module.name, (error.name or "").partition(".")[0])
        except Exception as error:
            print(module.name, repr(error))
"""


@pytest.fixture(scope="module")
def fresh(wheel, tmp_path_factory):
    """An environment that has the wheel and its dependencies, and nothing else."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    constraints = str(ROOT / "constraints.txt")
    words = ["-m", "pip", "install", "--quiet", "--constraint", constraints, str(wheel)]
    subprocess.run([python, *words], check=True, cwd=folder)
    return python


def run(python: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(python.parent), "PYTHONPATH": ""}
    return subprocess.run(
        [python.parent / words[0], *words[1:]],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=python.parents[1],
        env=environment,
        timeout=600,
    )


@pytest.mark.campaign
def test_every_module_is_imported_with_the_dependencies_alone_or_names_its_extra(fresh):
    done = run(fresh, "python", "-W", "ignore", "-c", IMPORT_ALL)
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        module, package = line.split(maxsplit=1)
        allowed = [
            packages
            for place, packages in BESIDE.items()
            if module == place or module.startswith(f"{place}.")
        ]
        assert any(package in packages for packages in allowed), line


@pytest.mark.campaign
def test_the_commands_work_with_the_dependencies_alone(fresh):
    program = "parity_sequential_relative"
    for words, shown in (
        (["run", program, "1011"], "1\n"),
        (["show", program, "--as", "latex"], "% needs"),
        (["completion", "bash"], "#"),
        (["verify", program, "--max-len", "6", "--certificate", "certificate"], "PROVED"),
        (["check", "certificate"], "CHECKED"),
        (["trace", program, "1", "--html", "run.html"], "written"),
        (["test", program, "--max-len", "6"], program),
        (["lint", program, "--max-len", "6"], program),
    ):
        done = run(fresh, "alta", *words)
        assert done.returncode == 0, (words, done.stderr)
        assert shown in done.stdout, words
    refused = run(fresh, "alta", "trace", program, "1", "--figure", "run.svg")
    assert refused.returncode == 2
    assert "pip install 'alta-verify[figures]'" in refused.stderr
