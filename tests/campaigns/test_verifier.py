"""Mistakes in the verifier are noticed by its tests."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache

import pytest

from tests.campaigns.near_tests import ALONE, CRITICAL, NEAR
from tests.campaigns.operators import OPERATORS
from tests.campaigns.source_mutants import ROOT, SourceMutant, places, read, sampled
from tests.campaigns.survivors import (
    Explanation,
    Why,
    explanations,
    is_left_out,
    out_of_date,
)

MANY = 600

QUICK = (
    "alta_verify/arithmetic/formats.py",
    "alta_verify/encode/gates.py",
    "alta_verify/encode/softmax.py",
    "alta_verify/arithmetic/interval.py",
)
"""Modules with tests of their own that take no time."""


def run(*options: str) -> str:
    """What a campaign prints that finds nothing wrong."""
    command = [sys.executable, "-m", "tests.campaigns.verifier", "--seed", "0", *options]
    setting = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT, env=setting, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_some_mutants_are_noticed(record_property):
    only = [part for module in QUICK for part in ("--module", module)]
    record_property("some mutants of the verifier", f"\n{run('--count', '3', '--first', *only)}")


@pytest.mark.campaign
def test_many_mutants_are_noticed_or_it_is_known_why_not(record_property):
    record_property("mutants of the verifier", f"\n{run('--count', str(MANY))}")


# --- which mutants there are ----------------------------------------------------------------------


def test_every_module_that_proves_or_checks_has_near_tests():
    folders = {path.split("/")[1] for path in NEAR}
    assert folders == {"arithmetic", "check", "encode", "reach", "solver"}
    assert set(NEAR) >= CRITICAL | {f"alta_verify/{name}.py" for name in ALONE}


@cache
def functions(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_near_tests_are_there():
    assert all(NEAR.values())
    for test in dict.fromkeys(test for tests in NEAR.values() for test in tests):
        file, _, function = test.partition("::")
        assert (ROOT / file).is_file(), test
        assert not function or function.partition("[")[0] in functions(file), test


def test_the_mirror_of_a_module_comes_first():
    assert NEAR["alta_verify/encode/softmax.py"][0] == "tests/alta_verify/encode/test_softmax.py"


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_does_what_its_example_shows(name):
    from cosmic_ray.mutating import mutate_code

    for example in OPERATORS[name].examples():
        changed = mutate_code(example.pre_mutation_code, OPERATORS[name](), example.occurrence)
        assert changed.split() == example.post_mutation_code.split()


def test_more_mutants_begin_with_the_fewer():
    modules = {"alta_verify/arithmetic/interval.py": 2, "alta_verify/encode/projection.py": 1}
    every = [one.place for one in sampled(modules, 0)]
    assert len(set(every)) == len(every)
    # What is sampled of one module does not depend on others.
    alone = [one.place for one in sampled({"alta_verify/arithmetic/interval.py": 1}, 0)]
    assert [one for one in every if one.module == "alta_verify/arithmetic/interval.py"] == alone


def test_annotations_and_the_words_of_errors_are_left_as_they_are():
    for module in QUICK:
        for place in places(module):
            line = (ROOT / module).read_text().splitlines()[place.start[0] - 1]
            assert not line.lstrip().startswith(("@", "__all__", "from ", "import ", '"""'))


# --- what is said of those that live --------------------------------------------------------------


def test_every_line_that_is_explained_is_there():
    sources = {module: " ".join(read(module).split()) for module in NEAR}
    explained = [(one.module, one.before) for one in explanations()]
    assert [(module, line) for module, line in explained if line not in sources[module]] == []


@pytest.mark.campaign
def test_everything_that_is_explained_is_there():
    assert out_of_date(explanations()) == []


def margin(**changes: object) -> Explanation:
    said = {
        "module": "alta_verify/encode/averages.py",
        "scope": "Margin.__str__",
        "before": "if 2 * self.bound >= self.margin:",
        "after": ("if 2 * self.bound > self.margin:",),
        "kind": Why.WORDING,
        "why": "it is one",
    }
    return Explanation(**{**said, **changes})


def test_an_explanation_of_a_mutant_that_there_is_not_is_noticed():
    assert out_of_date([margin()]) == []
    assert out_of_date([margin(before="if 3 * self.bound >= self.margin:")])
    assert out_of_date([margin(after=("if 2 * self.bound == self.margin:",))])
    assert out_of_date([margin(scope="margin")])


@pytest.mark.parametrize(
    ("after", "left_out"),
    [
        ("zip(a, zip(b, c, strict=True), strict=False)", True),
        ("zip(a, zip(b, c, strict=False), strict=True)", True),
        ("zip(a, zip(b, c, strict=True), strict=True)", False),
        ("zip(a, zip(b, b, strict=True), strict=False)", False),
    ],
)
def test_an_assertion_that_is_left_out_is_explained(after, left_out):
    place = next(iter(places("alta_verify/encode/projection.py")))
    before = "zip(a, zip(b, c, strict=True), strict=True)"
    assert is_left_out(SourceMutant(place, "scope", before, after, "")) is left_out


def test_an_explanation_is_of_one_mutant():
    mutants = sampled({"alta_verify/encode/averages.py": 1}, 0)
    explained = [one for one in mutants if margin().explains(one)]
    assert len(explained) == 1
    assert isinstance(explained[0], SourceMutant)
