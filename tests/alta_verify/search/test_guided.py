"""GuidedFalsification: heads that are wrong on one input of 65,536 are refuted by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import alta
from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify import Report, Result, Verdict, verify
from alta_verify.search.guided import GuidedFalsification
from tests.alta_verify.mutants import with_heads
from tests.alta_verify.secret_words import ALIVE, secret_word, word_of
from tests.properties.running import nothing_sampled

WORD = word_of("1000010000100001")

LAST = len(WORD) - 1

FIRST, SECOND, OTHER = 1, 2, 0
"""Tags of positions; a position that asks for `FIRST` or `SECOND` reads the mark there."""


def asking(word: tuple[int, ...] = WORD) -> Program:
    """On the secret word alone, the last position asks for the first one and gives what it reads.

    And the first position, which sees the last one, gives 1.
    """
    program = secret_word(word)
    end = {"pos": len(word) - 1, "flag": ALIVE}
    rules = [
        alta.rule({**end, "ask": OTHER}, "ask", FIRST),
        alta.rule({"ask": FIRST, "seen": 1}, "out", 1),
        alta.rule({"pos": 0, "end": ALIVE}, "out", 1),
    ]
    return alta.replace(
        program,
        variables={
            **program.variables,
            "ask": alta.var(3),
            "tag": alta.position_var(3, init_fn=lambda place: place + 1 if place < 2 else OTHER),
        },
        heads={
            **program.heads,
            "seen": alta.qkv("ask", "tag", "bit"),
            "end": alta.v_relative("flag", len(word) - 1),
        },
        rules=[*program.rules, *rules],
    )


@cache
def model() -> Model:
    return alta.compile(asking())


def changed(subject: Model, head: str, matrix: str, change: Callable[[np.ndarray], None]) -> Model:
    own = subject.weights.heads[head]
    array = np.array(getattr(own, matrix))
    change(array)
    return with_heads(subject, {**subject.weights.heads, head: replace(own, **{matrix: array})})


def place(subject: Model, name: str, value: int) -> int:
    return subject.layout.columns[name][value]


def too_low() -> Model:
    """The first position gets no higher a score than any other."""

    def change(query: np.ndarray) -> None:
        query[place(model(), "ask", FIRST)] = 0

    return changed(model(), "seen", "query", change)


def too_high() -> Model:
    """Who asks for the first position attends to the second one as well."""

    def change(key: np.ndarray) -> None:
        key[place(model(), "tag", SECOND)] += key[place(model(), "tag", FIRST)]

    return changed(model(), "seen", "key", change)


def misread() -> Model:
    """The first position takes ALIVE for DEAD."""

    def change(value: np.ndarray) -> None:
        value[place(model(), "flag", ALIVE)] = value[place(model(), "flag", ALIVE + 1)]

    return changed(model(), "end", "value", change)


def short_sighted() -> Model:
    """No position sees as far as the last one would have to."""
    program = asking()
    mask = tuple(range(-LAST + 1, LAST))
    heads = {**program.heads, "seen": replace(program.heads["seen"], mask=mask)}
    return replace(model(), program=alta.replace(program, heads=heads))


def check_refuted(report: Report, obligation: str) -> None:
    assert report.verdict is Verdict.REFUTED, report
    found = report.counterexample
    assert found is not None
    assert found.tokens == WORD
    assert found.kind == "mismatch"
    assert found.replay().confirmed
    failed = [one.name for one in report.obligations if one.result is Result.FAILED]
    assert failed == [obligation]


def test_what_is_right_is_proved():
    assert verify(asking(), model(), max_len=len(WORD)).proved


@pytest.mark.parametrize(
    ("make", "obligation"),
    [
        pytest.param(too_low, "softmax[seen]", marks=pytest.mark.campaign),
        (too_high, "softmax[seen]"),
        pytest.param(misread, "attention[end]", marks=pytest.mark.campaign),
        pytest.param(short_sighted, "architecture", marks=pytest.mark.campaign),
    ],
    ids=["too_low", "too_high", "misread", "short_sighted"],
)
def test_a_head_that_is_rarely_wrong_is_refuted(make, obligation):
    check_refuted(verify(asking(), make(), max_len=len(WORD)), obligation)


@pytest.mark.campaign
@pytest.mark.parametrize("make", [too_low, short_sighted], ids=["too_low", "short_sighted"])
def test_without_guided_falsification_it_is_not_refuted(make, monkeypatch):
    monkeypatch.setattr(GuidedFalsification, "_ask", lambda *_: None)
    report = verify(asking(), make(), max_len=len(WORD))
    assert report.verdict is Verdict.UNKNOWN, report


def test_of_a_small_language_all_inputs_are_run():
    word = WORD[:7]
    good = alta.compile(asking(word))

    def change(query: np.ndarray) -> None:
        query[good.layout.columns["ask"][FIRST]] = 0

    wrong = changed(good, "seen", "query", change)
    with nothing_sampled():
        report = verify(asking(word), wrong, max_len=len(word))
    assert report.verdict is Verdict.REFUTED, report
    assert report.counterexample.tokens == word


@pytest.mark.parametrize("part", ["output_name", "halt"])
def test_an_end_that_differs_is_refuted_by_an_input_that_shows_it(part):
    program = alta.programs.parity_sequential_relative()
    parts = {"output_name": "done", "halt": alta.halt_spec("parity", 1)}
    other = alta.replace(program, **{part: parts[part]})
    report = verify(program, replace(alta.compile(program), program=other), max_len=6)
    assert report.verdict is Verdict.REFUTED, report
    assert report.counterexample.replay().confirmed


def never_asked() -> Model:
    """Who asks for the second position, as nobody does, reads anything."""

    def change(query: np.ndarray) -> None:
        query[place(model(), "ask", SECOND)] = 0

    return changed(model(), "seen", "query", change)


def test_what_nobody_asks_for_makes_no_difference():
    assert verify(asking(), never_asked(), max_len=len(WORD)).proved


def test_a_reason_is_given_once_where_it_belongs(monkeypatch):
    monkeypatch.setattr(GuidedFalsification, "_ask", lambda *_: None)
    report = verify(asking(), too_high(), max_len=len(WORD))
    assert report.verdict is Verdict.UNKNOWN, report
    said = {one.name: one.method for one in report.obligations if one.result is Result.OPEN}
    assert "score gap" in said.pop("softmax[seen]")
    assert said
    assert set(said.values()) == {"rests on softmax[seen], which is open"}
