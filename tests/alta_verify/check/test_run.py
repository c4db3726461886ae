"""A certificate is checked step by step, in every way that is asked for, or refused."""

from __future__ import annotations

import json
import shutil

import pytest

from alta_verify.check import run
from alta_verify.check.files import EVIDENCE, MANIFEST
from alta_verify.check.questions import Question
from alta_verify.check.refused import Refused
from alta_verify.check.run import WAYS, check
from alta_verify.check.solvers import SOLVERS
from proofs.regenerate import CERTIFICATES
from tests.alta_verify.certificate.forging import edited, queries

RELATIVE = CERTIFICATES / "parity_sequential_relative"
SUM = CERTIFICATES / "parity_sum_mod_2"


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(RELATIVE, tmp_path / "copy")


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_deciding_checks_the_certificates(way):
    for folder in (RELATIVE, SUM):
        outcome = check(folder, by=[way])
        assert outcome.checked, outcome.reason
        assert outcome.by == (way,)
        assert sum(step.queries for step in outcome.steps) == len(queries(folder))


def test_all_ways_together_check_it_too():
    assert check(RELATIVE, by=WAYS).checked


@pytest.mark.parametrize("by", [(), ("magic",), ("cases", "magic")], ids=str)
def test_a_way_that_there_is_not_is_an_error(by):
    with pytest.raises(ValueError, match="by: expected some of cases, cvc5, z3"):
        check(RELATIVE, by=by)


@pytest.mark.parametrize("way", SOLVERS)
def test_a_solver_that_is_asked_is_listened_to(way, monkeypatch):
    def deny(query, seconds, expected):
        raise Refused(f"{way} says sat, expected unsat")

    monkeypatch.setitem(SOLVERS, way, lambda: deny)
    outcome = check(RELATIVE, by=["cases", way])
    assert not outcome.checked
    assert outcome.reason == f"ffn[parity]: ffn/parity/0001.smt2: {way} says sat, expected unsat"


@pytest.mark.parametrize("way", SOLVERS)
def test_a_solver_has_to_find_the_premises_of_a_query_satisfiable(way, monkeypatch):
    contradiction = "(set-logic QF_LRA)\n(assert false)\n(check-sat)\n"
    monkeypatch.setattr(run, "premises", lambda _: contradiction)
    outcome = check(RELATIVE, by=[way])
    assert str(outcome.reason).endswith(f"{way} says unsat, expected sat")
    # As does the checker by itself.
    monkeypatch.setattr(Question, "witness", lambda _: None)
    assert "no local state satisfies the premises" in str(check(RELATIVE).reason)


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf"), True, "1"], ids=str)
def test_a_timeout_that_is_no_time_is_an_error(timeout):
    with pytest.raises(ValueError, match="timeout: expected a number of seconds"):
        check(RELATIVE, timeout=timeout)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda manifest: manifest.update(claim="anything"), "claim: expected 'for every input"),
        (lambda manifest: manifest["obligations"].pop(), "obligations: expected architecture, "),
        (
            lambda manifest: manifest["obligations"].__setitem__(0, "architecture"),
            "obligations: expected architecture, ",
        ),
        (
            lambda manifest: manifest["obligations"].extend([{}] * 10_000),
            "obligations: expected architecture, ",
        ),
        (
            lambda manifest: manifest["obligations"].reverse(),
            "obligations: expected architecture, ",
        ),
        (
            lambda manifest: manifest["obligations"][0].update(covers="nothing"),
            "architecture: expected {",
        ),
        (lambda manifest: manifest.update(max_len=19), "value sets: expected a row a position, 19"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(change, reason, copy):
    edited(copy, MANIFEST, change)
    outcome = check(copy)
    assert not outcome.checked
    assert str(outcome.reason).startswith(reason)
    assert len(str(outcome.reason)) < 3000


def test_runs_that_show_nothing_are_refused(copy):
    idle = {"names": ["done", "done_left"], "defined": [], "by": "words"}
    edited(copy, EVIDENCE, lambda evidence: evidence["runs"].append(idle))
    assert "1 of its runs are of no use" in str(check(copy).reason)


def test_an_outcome_has_its_verdict_and_its_steps_in_json():
    outcome = json.loads(json.dumps(check(RELATIVE).to_json()))
    assert outcome["outcome"] == "CHECKED"
    assert [step["name"] for step in outcome["steps"]][:2] == ["architecture", "embedding"]
