"""Counting tokens shows what holds for all arrangements of an input, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alta import halt_spec, inputs, programs
from alta.lang.build import program_spec_from_rules
from alta.lang.program import Program
from alta.lang.rules import rule
from alta.lang.variables import var
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Budget, Clock, Deadline, Work
from alta_verify.reach.answer import Undecided, Unfinished, Unreachable
from alta_verify.reach.sets import counting_engine
from alta_verify.reach.sets.counting import CountingAbstraction
from alta_verify.reach.sets.counting_engine import CountingEngine
from alta_verify.reach.slices import SlicedProgram, slice_for
from tests.alta_verify.reach.examples import BROKEN, UNDEFINED, WRONG, ranking, sorting

NEVER = Deadline.after(None)

campaign = pytest.mark.campaign


def slice_of(
    program: Program, pattern=UNDEFINED, *, max_len: int = 6, max_layers: int | None = None
) -> CountingEngine:
    abstraction = Abstraction.of(program)
    lengths = [length for length in program.inputs.lengths(max_len) if length > 0]
    own = slice_for(abstraction.finite, pattern)
    return CountingEngine(SlicedProgram(abstraction, own, max_layers), lengths, Work())


def find(program: Program, pattern=UNDEFINED, *, clock: Clock = NEVER, **bounds):
    return slice_of(program, pattern, **bounds).find(pattern, clock)


def test_every_rank_of_distinct_numbers_occurs_once():
    assert isinstance(find(sorting()), Unreachable)


def test_bos_always_selects_a_number_of_tokens():
    assert isinstance(find(sorting(), {"mean": frozenset({-1})}), Unreachable)


@pytest.mark.parametrize("why", list(BROKEN))
def test_the_ranks_are_not_known_to_occur_once_where(why):
    assert isinstance(find(BROKEN[why]), Undecided)


def test_what_occurs_is_never_ruled_out():
    # BOS is alone among the tokens up to itself, so that it reads a mean of 1, the last bucket.
    assert isinstance(find(sorting(), {"mean": frozenset({5})}), Undecided)


def test_a_slice_without_names_still_says_that_runs_take_layers():
    assert isinstance(find(sorting(), {}), Undecided)
    assert isinstance(find(sorting(), {}, max_layers=0), Unreachable)


def test_after_the_halt_nothing_is_read():
    counting = program_spec_from_rules(
        name="counting",
        variables={"steps": var(3)},
        heads={},
        rules=[rule({"steps": 0}, "steps", 1), rule({"steps": 1}, "steps", 2)],
        output_name="steps",
        input_range=2,
        halt=halt_spec("steps", 1),
        layers=5,
    )
    one = {"steps": frozenset({1})}
    assert isinstance(find(counting, one), Unreachable)
    assert isinstance(find(replace(counting, halt=None), one), Undecided)


def test_nothing_is_known_where_there_are_too_many_parikh_vectors(monkeypatch):
    monkeypatch.setattr(counting_engine, "_VECTORS", 8)
    monkeypatch.setattr(counting_engine, "_FIRST_VECTORS", 4)
    # Pairs in which no token is like another one.
    language = "0 1|1 2|2 3|3 4|4 5|5 1|0 2|1 3|2 4|3 5|0 3|1 4|2 5|0 4|1 5|0 5|1 1"
    program = sorting(language.replace("0", "BOS"), inputs.regex)
    token = {"token": frozenset({0}), "rank": frozenset({5})}
    assert find(program, token, max_len=2) == Undecided("too many Parikh vectors")


def test_nothing_is_known_when_time_is_up():
    assert find(sorting(), clock=Deadline.after(0)) == Unfinished()


def test_a_slice_that_cannot_tell_digits_apart_has_few_parikh_vectors():
    other = {"other": frozenset({-1})}
    digits = slice_of(programs.get("addition"), other, max_len=20)
    assert isinstance(digits.find(other, NEVER), Undecided)
    assert digits.method == "value sets of all 1 Parikh vectors at once"


def test_a_run_that_raised_leaves_later_questions_open(monkeypatch):
    one = slice_of(sorting())
    with monkeypatch.context() as patch:
        patch.setattr(CountingAbstraction, "_attend", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            one.find(UNDEFINED, NEVER)
    assert isinstance(one.find(UNDEFINED, NEVER), Undecided)


def test_counting_goes_on_where_it_stopped():
    whole = slice_of(sorting())
    answers = [
        whole.find(UNDEFINED, Budget(whole._work, units, NEVER))
        for units in (100, 200, 400, 1600, 6400, 25600)
    ]
    assert answers[0] == Unfinished()
    assert answers[-1] == Unreachable()
    # Nothing is done twice.
    once = slice_of(sorting())
    once.find(UNDEFINED, NEVER)
    assert whole._work == once._work


@pytest.mark.parametrize(("values", "longest"), [(3, 9), pytest.param(10, 20, marks=campaign)])
def test_every_rank_of_numbers_that_may_be_equal_occurs_once(values, longest):
    asked = slice_of(ranking(values, longest), max_len=longest)
    assert isinstance(asked.find(UNDEFINED, NEVER), Unreachable)


@pytest.mark.parametrize("why", WRONG)
def test_the_ranks_of_numbers_that_may_be_equal_do_not_occur_once_where(why):
    asked = slice_of(WRONG[why](6), max_len=6)
    answer = asked.find(UNDEFINED, NEVER)
    assert isinstance(answer, Undecided)
    # It is about this, and not about something that comes before.
    assert answer.suspects


def test_suspects_are_inputs_that_may_have_it():
    answer = find(BROKEN["two keys may coincide"])
    assert isinstance(answer, Undecided)
    assert answer.suspects
    assert all(BROKEN["two keys may coincide"].inputs.contains(word) for word in answer.suspects)
