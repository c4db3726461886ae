"""Comparisons with a cache: what is recalled is marked, and what is wrong is found as before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

import alta
from alta.lang.program import Program
from alta_verify import Result, Verdict, equivalent, verify
from alta_verify.cache import key
from alta_verify.cache.key import claim_key
from alta_verify.claim.equivalent import Pair
from alta_verify.deadline import Deadline
from alta_verify.prove.equivalence.theorem import Equivalent

FIRST = alta.programs.parity_sum_mod_2()
SECOND = alta.programs.parity_sum_mod_2_intermediate()
LENGTH = 4


@pytest.fixture(autouse=True)
def the_code_is_not_edited_meanwhile(monkeypatch):
    monkeypatch.setattr(key, "code_hash", lambda: "code")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A cache in which both were proved equivalent."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key, "code_hash", lambda: "code")
        path = tmp_path_factory.mktemp("cache")
        report = equivalent(FIRST, SECOND, max_len=LENGTH, cache=path)
    assert report.proved
    assert report.facts["cached"] == 0
    assert "cached" not in str(report)
    return path


def forbidden(*arguments: object) -> None:
    raise AssertionError("this was to be recalled")


def test_a_second_run_shows_nothing_again_and_says_so(folder, monkeypatch):
    monkeypatch.setattr(Equivalent, "show", forbidden)
    report = equivalent(FIRST, SECOND, max_len=LENGTH, cache=folder, timeout=0)
    assert report.proved
    number = len(report.obligations)
    assert all(one.cached for one in report.obligations)
    assert report.facts["cached"] == number > 0
    assert f"{number} of {number} obligations cached" in str(report).splitlines()[0]
    assert any("nobody else could write to the cache" in one for one in report.assumptions)


def other_rules(program: Program) -> Program:
    return replace(program, mlp=program.rules[1:])


CHANGES = {
    "the first program": lambda: {"first": other_rules(FIRST)},
    "the second program": lambda: {"second": other_rules(SECOND)},
    "the order": lambda: {"first": SECOND, "second": FIRST},
    "the language": lambda: {
        "first": replace(
            FIRST, inputs=alta.inputs.regex("START 1*").bind(FIRST.vocab, FIRST.position_range)
        )
    },
    "max_len": lambda: {"max_len": LENGTH + 1},
    "max_layers": lambda: {"max_layers": 2},
}


@pytest.mark.parametrize("what", list(CHANGES))
def test_of_another_theorem_nothing_is_recalled(folder, what):
    asked = {"first": FIRST, "second": SECOND, "max_len": LENGTH} | CHANGES[what]()
    report = equivalent(**asked, cache=folder, timeout=0)
    assert report.verdict is Verdict.UNKNOWN
    assert report.facts["cached"] == 0


def test_by_other_code_nothing_is_recalled(folder, monkeypatch):
    monkeypatch.setattr(key, "code_hash", lambda: "other code")
    report = equivalent(FIRST, SECOND, max_len=LENGTH, cache=folder, timeout=0)
    assert report.verdict is Verdict.UNKNOWN


def test_where_the_code_is_not_known_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(key, "code_hash", lambda: None)
    assert equivalent(FIRST, SECOND, max_len=LENGTH, cache=tmp_path).proved
    assert list(tmp_path.iterdir()) == []


def test_a_theorem_about_weights_is_another_one(folder):
    report = verify(FIRST, max_len=LENGTH, cache=folder, timeout=0)
    assert report.verdict is Verdict.UNKNOWN
    assert report.facts["cached"] == 0


def test_an_input_that_told_them_apart_is_run_first_and_again(tmp_path, monkeypatch):
    wrong = other_rules(SECOND)
    first = equivalent(FIRST, wrong, max_len=LENGTH, cache=tmp_path)
    assert first.verdict is Verdict.REFUTED
    monkeypatch.setattr(Equivalent, "show", forbidden)
    again = equivalent(FIRST, wrong, max_len=LENGTH, cache=tmp_path)
    assert again.verdict is Verdict.REFUTED
    assert again.counterexample.replay().confirmed
    assert again.counterexample.tokens == first.counterexample.tokens
    assert not any(one.cached for one in again.obligations)


def test_an_input_that_tells_nothing_apart_refutes_nothing(tmp_path, monkeypatch):
    path = tmp_path / "cache"
    with monkeypatch.context() as patch:
        patch.setattr(
            "alta_verify.prove.decide.Memory.remember_suspect", remembering((0, 1, 1), path)
        )
        equivalent(FIRST, other_rules(SECOND), max_len=LENGTH, cache=path)
    # The file says of other programs that this input tells them apart.
    mine = claim_key(pair(FIRST, SECOND))
    assert mine is not None
    assert equivalent(FIRST, SECOND, max_len=LENGTH, cache=path).proved


def remembering(tokens: tuple[int, ...], path) -> Callable[..., None]:
    def remember(self, found: tuple[int, ...]) -> None:
        self.key = claim_key(pair(FIRST, SECOND))
        self.path = path / f"{self.key}.json"
        self.suspect = tokens
        self._write()

    return remember


def pair(first: Program, second: Program) -> Pair:
    return Pair.of(first, second, max_len=LENGTH, max_layers=None, deadline=Deadline.after(None))


def test_time_that_runs_out_is_not_kept(tmp_path):
    assert equivalent(FIRST, SECOND, max_len=LENGTH, cache=tmp_path, timeout=0).verdict is (
        Verdict.UNKNOWN
    )
    report = equivalent(FIRST, SECOND, max_len=LENGTH, cache=tmp_path)
    assert report.proved
    assert {one.result for one in report.obligations} == {Result.PROVED}
    assert report.facts["cached"] == 0
