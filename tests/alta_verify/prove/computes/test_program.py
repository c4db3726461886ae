"""No run may conflict, trap or read what is UNDEFINED, which is asked of runs where it may be."""

from __future__ import annotations

import pytest

import alta
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.computes import runs
from alta_verify.prove.computes.program import FAILURES, show
from alta_verify.reach.answer import Undecided
from tests.alta_verify.prove.contexts import context_of, right
from tests.alta_verify.secret_words import (
    ALIVE,
    DEAD,
    WAITING,
    at_the_end,
    secret_word,
    word_of,
)

WORD = word_of("1011")


def about(*tail):
    program = secret_word(WORD, tail)
    return context_of(program, alta.compile(program))


SAFE = about(at_the_end(WORD), at_the_end(WORD, left=DEAD))
CONFLICTING = about(at_the_end(WORD), at_the_end(WORD, bit=WORD[-1]))


@pytest.mark.parametrize("kind", FAILURES)
def test_what_value_sets_exclude_is_asked_of_no_run(kind):
    assert show(right(), kind) == "value sets, for any number of layers"


def test_what_they_do_not_is_asked_of_all_runs():
    assert show(SAFE, "conflict") == "enumeration of all 16 inputs; none fails"


def test_a_conflict_on_one_input_is_refuted_by_it():
    with pytest.raises(Refuted) as refuted:
        show(CONFLICTING, "conflict")
    assert refuted.value.counterexample.tokens == WORD
    assert refuted.value.counterexample.kind == "conflict"


def test_a_conflict_that_does_not_replay_is_left_open(monkeypatch):
    monkeypatch.setattr("alta_verify.prove.computes.context.find_difference", lambda *_: None)
    with pytest.raises(NotShown, match="was reached but did not replay"):
        show(CONFLICTING, "conflict")


def test_runs_that_say_nothing_leave_it_open(monkeypatch):
    monkeypatch.setattr(type(CONFLICTING.runs), "find", lambda *_, **__: Undecided("gave up"))
    with pytest.raises(NotShown, match="gave up"):
        show(CONFLICTING, "conflict")


def trapping(monkeypatch, *lefts):
    """A program with a trap for each flag of the neighbour, its patterns, and who is asked."""
    monkeypatch.setattr(runs, "_ENUMERABLE", 0)
    context = about(*(at_the_end(WORD, 2, left=left) for left in lefts))
    asked, engine = [], context.runs.reachability
    find = engine.find

    def recorded(pattern, **how):
        asked.append(pattern["left"])
        return find(pattern, **how)

    monkeypatch.setattr(engine, "find", recorded)
    return context, asked


def test_ways_to_fail_that_are_alike_are_asked_together(monkeypatch):
    context, asked = trapping(monkeypatch, DEAD, WAITING)
    assert show(context, "range").endswith("(2 cases)")
    assert asked == [{DEAD, WAITING}]


def test_one_of_them_that_occurs_is_still_found(monkeypatch):
    context, asked = trapping(monkeypatch, DEAD, ALIVE)
    with pytest.raises(Refuted) as refuted:
        show(context, "range")
    assert refuted.value.counterexample.tokens == WORD
    # First whether it is soon excluded, then for an input.
    assert asked == [{DEAD, ALIVE}, {DEAD, ALIVE}]
