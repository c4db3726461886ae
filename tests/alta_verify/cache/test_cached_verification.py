"""Verification with a cache: what is recalled is marked, and what is wrong is found as before."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

import alta
from alta.nn.model import Model
from alta_verify import Result, Verdict, verify
from alta_verify.cache import key
from alta_verify.prove.computes import context
from tests.alta_verify.mutants import with_arrays

PROGRAM = alta.programs.parity_sequential_relative()
MODEL = alta.compile(PROGRAM)
LENGTH = 4


def sabotaged() -> Model:
    bias = MODEL.weights.mlp.lookup_in_bias.copy()
    bias[0] -= 9
    return with_arrays(MODEL, {"mlp.lookup_in_bias": bias})


def too_weak() -> Model:
    """A model of which nothing is wrong, and not everything can be shown."""
    bias = MODEL.weights.mlp.lookup_in_bias.copy()
    bias[1] -= 0.25
    return with_arrays(MODEL, {"mlp.lookup_in_bias": bias})


@pytest.fixture(autouse=True)
def the_code_is_not_edited_meanwhile(monkeypatch):
    monkeypatch.setattr(key, "code_hash", lambda: "code")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A cache in which the theorem has been proved."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key, "code_hash", lambda: "code")
        path = tmp_path_factory.mktemp("cache")
        report = verify(PROGRAM, MODEL, max_len=LENGTH, cache=path)
    assert report.proved
    assert not any(one.cached for one in report.obligations)
    assert report.facts["cached"] == 0
    return path


def forbidden(*arguments: object) -> None:
    raise AssertionError("this was to be recalled")


def test_a_second_run_shows_nothing_again(folder, monkeypatch):
    monkeypatch.setattr("alta_verify.prove.computes.theorem.Computes.show", forbidden)
    report = verify(PROGRAM, MODEL, max_len=LENGTH, cache=folder)
    assert report.proved
    assert all(one.cached for one in report.obligations)
    assert report.facts["cached"] == len(report.obligations) > 0


def test_an_equal_program_compiled_again_is_the_same_theorem(folder, monkeypatch):
    monkeypatch.setattr("alta_verify.prove.computes.theorem.Computes.show", forbidden)
    again = alta.programs.parity_sequential_relative()
    assert verify(again, alta.compile(again), max_len=LENGTH, cache=folder).proved


def test_a_recalled_proof_says_that_it_is_one(folder):
    report = verify(PROGRAM, MODEL, max_len=LENGTH, cache=folder)
    number = len(report.obligations)
    assert f"{number} of {number} obligations cached" in str(report).splitlines()[0]
    assert str(report).count("cached: ") == number
    assert any("nobody else could write to the cache" in one for one in report.assumptions)
    values = json.loads(report.to_json())
    assert [one["cached"] for one in values["obligations"]] == [True] * number
    assert values["facts"]["cached"] == number


def test_a_proof_of_today_does_not(folder):
    report = verify(PROGRAM, MODEL, max_len=LENGTH)
    assert "cached" not in str(report)
    assert not any(one["cached"] for one in json.loads(report.to_json())["obligations"])


def test_workers_have_nothing_to_do_for_what_is_recalled(folder, monkeypatch):
    monkeypatch.setattr("alta_verify.prove.computes.theorem.Computes.show", forbidden)
    with ThreadPoolExecutor(1) as executor:
        monkeypatch.setattr(executor, "submit", forbidden)
        report = verify(PROGRAM, MODEL, max_len=LENGTH, cache=folder, executor=executor)
    assert report.proved


CHANGES = {
    "weights": lambda: {"model": sabotaged()},
    "max_len": lambda: {"max_len": LENGTH + 1},
    "max_layers": lambda: {"max_layers": 2},
    "format": lambda: {"model": alta.compile(PROGRAM, dtype="bfloat16")},
    "limit of the model": lambda: {"model": alta.compile(PROGRAM, max_len=LENGTH)},
}


@pytest.mark.parametrize("what", list(CHANGES))
def test_of_another_theorem_nothing_is_recalled(folder, what):
    asked = {"model": MODEL, "max_len": LENGTH, "timeout": 0} | CHANGES[what]()
    report = verify(PROGRAM, cache=folder, **asked)
    assert report.verdict is Verdict.UNKNOWN
    assert report.facts["cached"] == 0


def test_by_other_code_nothing_is_recalled(folder, monkeypatch):
    monkeypatch.setattr(key, "code_hash", lambda: "other code")
    report = verify(PROGRAM, MODEL, max_len=LENGTH, cache=folder, timeout=0)
    assert report.verdict is Verdict.UNKNOWN


def test_a_recalled_proof_takes_no_time(folder):
    assert verify(PROGRAM, MODEL, max_len=LENGTH, cache=folder, timeout=0).proved


def test_what_stays_open_is_attempted_again_and_nothing_else(tmp_path):
    asked = {"model": too_weak(), "max_len": LENGTH, "cache": tmp_path}
    first, second = verify(PROGRAM, **asked), verify(PROGRAM, **asked)
    for report in (first, second):
        assert report.verdict is Verdict.UNKNOWN
        assert [one.name for one in report.obligations if one.result is Result.OPEN] == [
            "ffn[parity]"
        ]
    assert not any(one.cached for one in first.obligations)
    assert [one.cached for one in second.obligations] == [
        one.result is Result.PROVED for one in second.obligations
    ]


def test_time_that_runs_out_is_not_kept(tmp_path):
    asked = {"model": MODEL, "max_len": LENGTH, "cache": tmp_path}
    assert verify(PROGRAM, timeout=0, **asked).verdict is Verdict.UNKNOWN
    assert list(tmp_path.iterdir()) == []
    report = verify(PROGRAM, **asked)
    assert report.proved
    assert report.facts["cached"] == 0


def test_a_refutation_is_replayed_before_it_is_shown_again(tmp_path, monkeypatch):
    asked = {"model": sabotaged(), "max_len": LENGTH, "cache": tmp_path}
    first = verify(PROGRAM, **asked)
    # Nothing but the input of the first run can find it now.
    monkeypatch.setattr("alta_verify.prove.computes.theorem.Computes.show", forbidden)
    second = verify(PROGRAM, **asked)
    for report in (first, second):
        assert report.verdict is Verdict.REFUTED
        assert report.counterexample.replay().confirmed
    assert second.counterexample == first.counterexample
    assert not any(one.cached for one in second.obligations)


def test_a_refutation_that_does_not_replay_is_no_refutation(tmp_path, monkeypatch):
    asked = {"model": sabotaged(), "max_len": LENGTH, "cache": tmp_path}
    assert verify(PROGRAM, **asked).verdict is Verdict.REFUTED
    monkeypatch.setattr(context, "find_difference", lambda *_: None)
    report = verify(PROGRAM, **asked)
    assert report.verdict is Verdict.UNKNOWN
    assert report.counterexample is None
    # What was proved before the refutation is proved again, to be on the safe side.
    assert report.facts["cached"] == 0


def test_a_library_call_keeps_nothing_unless_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert verify(PROGRAM, MODEL, max_len=2).proved
    assert list(tmp_path.iterdir()) == []


def test_what_was_proved_is_kept_when_somebody_interrupts(tmp_path, monkeypatch):
    def interrupt(name: str, done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    asked = {"model": MODEL, "max_len": LENGTH, "cache": tmp_path}
    with pytest.raises(KeyboardInterrupt):
        verify(PROGRAM, progress=interrupt, **asked)
    assert verify(PROGRAM, **asked).facts["cached"] == 3
