"""Counting tokens shows what holds for all arrangements of an input, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from alta import inputs, programs
from alta.lang.program import Program
from alta.lang.spec import InputSpec
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Deadline
from alta_verify.reach import counted
from alta_verify.reach.census import censuses
from alta_verify.reach.counted import CountedReach
from alta_verify.reach.reach import Absent, Open
from alta_verify.reach.staged import StagedReach

NEVER = Deadline.after(None)
UNDEFINED = {"fetched": frozenset({-1})}


def sorting(language: str = "BOS [1-5]*", spec=inputs.distinct) -> Program:
    program = programs.get("sort_unique", max_value=5)
    bound: InputSpec = spec(language)
    return replace(program, inputs=bound.bind(program.vocab, program.position_range))


def reach(program: Program, max_len: int = 6, deadline: Deadline = NEVER) -> CountedReach:
    return CountedReach(Abstraction.of(program), max_len, None, deadline)


@pytest.mark.parametrize("length", range(1, 7))
def test_censuses_are_those_of_the_words(length):
    for language in (sorting(), sorting("BOS [1-3]* 4?", inputs.regex)):
        automaton = language.inputs.automaton(length)
        words = automaton.enumerate_words(length)
        expected = frozenset(tuple(sorted(Counter(word).items())) for word in words)
        assert censuses(automaton, length, 10**6) == expected
        assert censuses(automaton, length, len(expected) - 1) is None or not expected


def test_every_rank_of_distinct_numbers_occurs_once():
    assert isinstance(reach(sorting()).find(UNDEFINED), Absent)


def test_bos_always_selects_a_number_of_tokens():
    assert isinstance(reach(sorting()).find({"mean": frozenset({-1})}), Absent)


BROKEN = {
    "numbers may be equal": sorting("BOS [1-5]*", inputs.regex),
    "two keys may coincide": sorting("BOS 1 2? 2? [3-5]*", inputs.regex),
    "a rank may leave the range": sorting("[1-5]*"),
}


@pytest.mark.parametrize("why", list(BROKEN))
def test_the_ranks_are_not_known_to_occur_once_where(why):
    assert isinstance(reach(BROKEN[why]).find(UNDEFINED), Open)


def test_what_occurs_is_never_ruled_out():
    # BOS is alone among the tokens up to itself, so that it reads a mean of 1, the last bucket.
    assert isinstance(reach(sorting()).find({"mean": frozenset({5})}), Open)


def test_a_slice_without_names_still_says_that_runs_take_layers():
    assert isinstance(reach(sorting()).find({}), Open)
    assert isinstance(CountedReach(Abstraction.of(sorting()), 6, 0, NEVER).find({}), Absent)


def test_nothing_is_known_where_there_are_too_many_censuses():
    answer = reach(programs.get("addition"), max_len=20).find({"other": frozenset({-1})})
    assert answer == Open("too many censuses")


def test_nothing_is_known_when_time_is_up():
    assert isinstance(reach(sorting(), deadline=Deadline.after(0)).find(UNDEFINED), Open)


def test_a_run_that_raised_leaves_later_questions_open(monkeypatch):
    one = reach(sorting())
    with monkeypatch.context() as patch:
        patch.setattr(counted._Machine, "write", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            one.find(UNDEFINED)
    assert isinstance(one.find(UNDEFINED), Open)


def test_a_stage_is_asked_what_those_before_it_leave_open():
    first = reach(BROKEN["numbers may be equal"])
    second = reach(sorting())
    assert isinstance(StagedReach(first, second).find(UNDEFINED), Absent)
    assert isinstance(StagedReach(second, first).find(UNDEFINED), Absent)
    assert isinstance(StagedReach(first, first).find(UNDEFINED), Open)
    staged = StagedReach(first, second)
    staged.find(UNDEFINED)
    assert staged.method == second.method
