"""Solvers: what they say of a query, and that only "unsat" is taken for an answer."""

from __future__ import annotations

import builtins
import os
import sys
from pathlib import Path

import pytest

import alta_verify
from alta_verify.check.refused import Refused
from alta_verify.check.run import check
from alta_verify.check.solvers import SOLVERS, Unavailable, _asking

NAMES = tuple(SOLVERS)

START = "(set-logic QF_LRA)\n(declare-const x Real)\n"

HARD = (
    "(set-logic QF_NIA)\n"
    + "".join(f"(declare-const {name} Int)\n(assert (> {name} 0))\n" for name in "xyz")
    + "(assert (= (+ (* x x x) (* y y y)) (* z z z)))\n(check-sat)\n"
)
"""That a cube is no sum of two cubes takes longer than a moment to see."""

ANSWERS = {
    "sat": START + "(assert (< x 1.0))\n(check-sat)\n",
    "two": START + "(assert (< x x))\n(check-sat)\n(check-sat)\n",
    "nothing": START + "(assert (< x x))\n",
    "undeclared": START + "(assert (< y y))\n(check-sat)\n",
    "no-smt": "unsat",
    "echo": '(echo "unsat")\n(set-logic QF_LRA)\n(check-sat)\n',
    "half": START + "(assert (< x x)",
}


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_satisfied_is_settled(name):
    SOLVERS[name]()(START + "(assert (< x x))\n(check-sat)\n", 10.0, "unsat")


@pytest.mark.parametrize("query", ANSWERS)
@pytest.mark.parametrize("name", NAMES)
def test_any_other_answer_is_a_refusal(name, query):
    with pytest.raises(Refused, match=name):
        SOLVERS[name]()(ANSWERS[query], 10.0, "unsat")


@pytest.mark.parametrize("name", NAMES)
def test_a_query_that_takes_too_long_is_a_refusal(name):
    with pytest.raises(Refused, match=name):
        SOLVERS[name]()(HARD, 0.2, "unsat")


@pytest.fixture
def without_packages(monkeypatch):
    """Python in which neither solver is installed as a package."""
    really = builtins.__import__

    def imported(name, *arguments, **options):
        if name in NAMES:
            raise ImportError(name)
        return really(name, *arguments, **options)

    for name in NAMES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(builtins, "__import__", imported)


@pytest.mark.parametrize("name", NAMES)
def test_a_solver_that_is_not_installed_is_said_to_be_missing(
    name, without_packages, monkeypatch, tmp_path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match=rf"{name} is not installed.*pip install"):
        SOLVERS[name]()
    with pytest.raises(Unavailable):
        check(tmp_path, by=[name])


SAYING = {"unsat": True, "sat": False, "unknown": False, "": False, "unsat\nunsat": False}


@pytest.mark.parametrize("said", SAYING, ids=["unsat", "sat", "unknown", "nothing", "twice"])
@pytest.mark.parametrize("name", NAMES)
def test_the_program_is_asked_where_there_is_no_package(
    name, said, without_packages, monkeypatch, tmp_path
):
    program = tmp_path / name
    program.write_text(f"#!/bin/sh\ncat >{tmp_path}/asked\nprintf '%s\\n' '{said}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    decide = SOLVERS[name]()
    if SAYING[said]:
        decide("(check-sat)\n", 10.0, "unsat")
    else:
        with pytest.raises(Refused, match=name):
            decide("(check-sat)\n", 10.0, "unsat")
    assert (tmp_path / "asked").read_text() == "(check-sat)\n"


@pytest.mark.parametrize("name", NAMES)
def test_a_program_that_does_not_end_is_stopped(name, without_packages, monkeypatch, tmp_path):
    program = tmp_path / name
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(Refused, match=r"no answer in 0\.2 s"):
        SOLVERS[name]()("(check-sat)\n", 0.2, "unsat")


def test_another_process_finds_this_package_where_it_was_found_here(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    places = [str(Path(alta_verify.__file__).parents[1]), str(tmp_path)]
    found = "os.environ['PYTHONPATH'].split(os.pathsep)"
    said = f"import os; print('unsat' if {found} == {places} else {found})"
    _asking("python", [sys.executable, "-c", said])("", 10.0, "unsat")
