"""The schedule: cheap obligations first, and a share of the time for each."""

from __future__ import annotations

from fractions import Fraction

import alta
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.prove.computes.proof import claims
from alta_verify.prove.schedule import in_turn, kind_of

PROGRAM = alta.programs.parity_sequential_relative()
TASK = Task(PROGRAM, alta.compile(PROGRAM), 3, None, Deadline.after(None))


def none() -> list[str]:
    return []


def test_every_obligation_has_its_turn_once():
    names = [name for name, _ in in_turn(claims(TASK), none)]
    assert sorted(names) == sorted(claims(TASK))


def test_nothing_may_take_all_of_the_time_but_the_last():
    parts = [part for _, part in in_turn(claims(TASK), none)]
    assert all(0 < part < 1 for part in parts[:-1])
    assert parts[-1] == 1


def test_a_quarter_of_the_time_is_for_sampling():
    assert next(in_turn(claims(TASK), none)) == ("sampling", Fraction(1, 4))


def test_those_that_hang_leave_as_much_to_each_of_their_kind():
    left, shares = Fraction(1), []
    for _, part in in_turn(["ffn[a]", "ffn[b]", "ffn[c]", "rounding"], none):
        shares.append(left * part)
        left -= left * part
    assert shares == [Fraction(1, 4)] * 4
    assert left == 0


def test_smaller_ones_of_a_kind_come_first():
    work = {"ffn[a]": 3, "ffn[b]": 1, "ffn[c]": 2}
    assert [name for name, _ in in_turn(work, none, work.__getitem__)] == [
        "ffn[b]",
        "ffn[c]",
        "ffn[a]",
    ]


def test_those_that_were_late_come_again_and_may_take_all_that_is_left_sampling_last():
    again = ["sampling", "embedding"]
    last = list(in_turn(claims(TASK), lambda: again))[-2:]
    assert last == [("embedding", Fraction(1)), ("sampling", Fraction(1))]


def test_a_kind_is_what_stands_before_the_brackets():
    assert [kind_of(name) for name in ("ffn[a[0]]", "rounding")] == ["ffn", "rounding"]
