"""Where nothing is shown, nothing is claimed: empty languages, and no time."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

import alta
from alta.inputs import InputSpec
from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify import Result, Verdict, verify
from alta_verify.deadline import Deadline
from alta_verify.prove.computes import runs
from tests.alta_verify.secret_words import DEAD, at_the_end, secret_word, word_of

PARITY = alta.programs.parity_sequential_relative()


def copying(inputs: InputSpec | None, position_range: int | None = None) -> Program:
    """A program that is wrong wherever it is run: it traps."""
    return alta.program_spec_from_rules(
        name="trapping",
        variables={"token": alta.input_var(2)},
        heads={},
        rules=[alta.rule({}, "token", 2)],
        output_name="token",
        input_range=2,
        position_range=position_range,
        layers=1,
        inputs=inputs,
    )


EMPTY = {
    "a pattern longer than the bound": copying(alta.inputs.regex("0{6,}")),
    "a pattern longer than position_range": copying(alta.inputs.regex("1{6,}"), position_range=5),
    "no sequence at all": copying(alta.inputs.sequences([])),
    "the empty sequence alone": copying(alta.inputs.sequences([()])),
    "long sequences": copying(alta.inputs.sequences([(0,) * 6, (1,) * 9])),
    "no length": copying(alta.inputs.lengths(lambda n: None)),
    "lengths beyond the bound": copying(alta.inputs.lengths(lambda n: "0*" if n > 5 else None)),
    "patterns that have no word of their length": copying(alta.inputs.lengths(lambda n: "0{7}")),
}


@pytest.mark.parametrize("how", list(EMPTY))
def test_an_empty_language_is_vacuous(how):
    report = verify(EMPTY[how], max_len=5)
    assert report.verdict is Verdict.VACUOUS
    assert not report.proved
    assert report.obligations == ()
    assert report.counterexample is None
    assert report.assumptions == ()
    assert report.reasons == ("the input language has no sequence of 1 to 5 tokens",)


@pytest.mark.parametrize("how", ["a pattern longer than the bound", "long sequences"])
def test_the_same_language_with_a_larger_bound_is_refuted(how):
    assert verify(EMPTY[how], max_len=6).verdict is Verdict.REFUTED


def test_a_model_for_shorter_inputs_makes_a_language_vacuous():
    program = copying(alta.inputs.regex("0{4}"))
    model = alta.compile(program, max_len=3)
    report = verify(program, model, max_len=20)
    assert report.verdict is Verdict.VACUOUS
    assert "no sequence of 1 to 3 tokens" in report.reasons[0]


def test_a_bound_that_cannot_be_reached_is_said_in_the_claim():
    program = alta.programs.parity_sequential_absolute(max_length=4)
    report = verify(program, max_len=20)
    assert report.proved
    assert "of 1 to 4 tokens (asked for 20; program or model takes no more)" in report.claim


def test_an_empty_language_without_time_is_still_vacuous():
    report = verify(EMPTY["no sequence at all"], max_len=5, timeout=0)
    assert report.verdict is Verdict.VACUOUS


@pytest.mark.parametrize("timeout", [0, 0.0, 1e-9], ids=["0", "0.0", "1e-9"])
def test_without_time_everything_is_left_open(timeout):
    report = verify(PARITY, max_len=8, timeout=timeout)
    assert report.verdict is Verdict.UNKNOWN
    assert {one.result for one in report.obligations} == {Result.OPEN}
    (reason,) = report.reasons
    assert reason.startswith(f"out of time: {len(report.obligations)} obligations not reached")


def test_a_wrong_program_without_time_is_unknown():
    report = verify(copying(None), max_len=5, timeout=0)
    assert report.verdict is Verdict.UNKNOWN


WORD = word_of("10110010110")

HARMLESS = secret_word(WORD, [at_the_end(WORD), at_the_end(WORD, left=DEAD)])
CONFLICTING = secret_word(WORD, [at_the_end(WORD), at_the_end(WORD, bit=WORD[-1])])


@pytest.fixture(scope="module", autouse=True)
def few_are_enumerated() -> Iterator[None]:
    """Lets symbolic runs answer what takes 2,048 inputs; else they would be run through."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "_ENUMERABLE", 1024)
        yield


class Clock:
    """Strikes after so many looks at it, whatever is going on then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, strikes_after: float) -> None:
        self.looks, self._strikes_after = 0, strikes_after
        monkeypatch.setattr(Deadline, "expired", property(lambda deadline: self._look()))
        monkeypatch.setattr(Deadline, "remaining", property(lambda deadline: 1e9))

    def _look(self) -> bool:
        self.looks += 1
        return self.looks > self._strikes_after


@dataclass(frozen=True)
class Subject:
    """A program with its model, and how often its verification looks at the clock."""

    program: Program
    model: Model
    looks: int


@pytest.fixture(scope="module", params=["harmless", "conflicting"])
def subject(request) -> Subject:
    program = {"harmless": HARMLESS, "conflicting": CONFLICTING}[request.param]
    model = alta.compile(program)
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock(patch, math.inf)
        report = verify(program, model, max_len=len(WORD))
    assert report.verdict is (Verdict.PROVED if program is HARMLESS else Verdict.REFUTED)
    return Subject(program, model, clock.looks)


def check_interrupted(subject: Subject, monkeypatch: pytest.MonkeyPatch, percent: int) -> None:
    """Lets the time run out after a share of all looks at the clock."""
    Clock(monkeypatch, subject.looks * percent // 100)
    report = verify(subject.program, subject.model, max_len=len(WORD))
    if report.verdict is not Verdict.REFUTED or subject.program is HARMLESS:
        assert report.verdict is Verdict.UNKNOWN
        # Where the time runs out at once, there may not even be obligations.
        assert {one.result for one in report.obligations} != {Result.PROVED}
        assert report.reasons


@pytest.mark.parametrize("percent", [5, 40, 80])
def test_time_that_runs_out_on_the_way_leaves_something_open(subject, percent, monkeypatch):
    check_interrupted(subject, monkeypatch, percent)


@pytest.mark.campaign
@pytest.mark.parametrize("percent", range(100))
def test_time_that_runs_out_anywhere_leaves_something_open(subject, percent, monkeypatch):
    check_interrupted(subject, monkeypatch, percent)


def test_a_deadline_in_the_past_is_over_at_once():
    start = time.perf_counter()
    verify(PARITY, max_len=8, timeout=0)
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("timeout", [-1, float("nan"), -0.5, "5", True, 1j, [5], float("-inf")])
def test_a_timeout_that_is_no_time_is_refused(timeout):
    with pytest.raises(alta.AltaError, match="timeout"):
        verify(PARITY, max_len=3, timeout=timeout)
