"""The schedule: cheap obligations first, and a share of the time for each."""

from __future__ import annotations

from fractions import Fraction

import alta
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.obligation import Obligation
from alta_verify.prove.computes.table import KINDS, claims
from alta_verify.prove.equivalence.table import KINDS as PAIRS
from alta_verify.prove.schedule import in_turn
from alta_verify.prove.theorem import SAMPLING
from tests.alta_verify.obligations import named

PROGRAM = alta.programs.parity_sequential_relative()
TASK = Task(PROGRAM, alta.compile(PROGRAM), 3, None, Deadline.after(None))


def none() -> list[Obligation]:
    return []


def test_every_obligation_has_its_turn_once():
    names = [name for name, _ in in_turn(claims(TASK), KINDS, none)]
    assert sorted(map(str, names)) == sorted(map(str, claims(TASK)))


def test_nothing_may_take_all_of_the_time_but_the_last():
    parts = [part for _, part in in_turn(claims(TASK), KINDS, none)]
    assert all(0 < part < 1 for part in parts[:-1])
    assert parts[-1] == 1


def test_a_quarter_of_the_time_is_for_sampling():
    assert next(in_turn(claims(TASK), KINDS, none)) == (Obligation("sampling"), Fraction(1, 4))


def test_those_that_hang_leave_as_much_to_each_of_their_kind():
    left, shares = Fraction(1), []
    for _, part in in_turn(map(named, ["ffn[a]", "ffn[b]", "ffn[c]", "rounding"]), KINDS, none):
        shares.append(left * part)
        left -= left * part
    assert shares == [Fraction(1, 4)] * 4
    assert left == 0


def test_smaller_ones_of_a_kind_come_first():
    work = {named("ffn[a]"): 3, named("ffn[b]"): 1, named("ffn[c]"): 2}
    assert [str(each) for each, _ in in_turn(work, KINDS, none, work.__getitem__)] == [
        "ffn[b]",
        "ffn[c]",
        "ffn[a]",
    ]


def test_those_that_were_late_come_again_and_may_take_all_that_is_left_sampling_last():
    again = [Obligation("sampling"), Obligation("embedding")]
    last = list(in_turn(claims(TASK), KINDS, lambda: again))[-2:]
    assert last == [(Obligation("embedding"), Fraction(1)), (Obligation("sampling"), Fraction(1))]


def test_both_tables_begin_with_what_nothing_rests_on():
    assert next(iter(KINDS)) == next(iter(PAIRS)) == SAMPLING
