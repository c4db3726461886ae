"""The table of what a program was meant to do names its obligations as reports do."""

from __future__ import annotations

from alta_verify.prove.meets.table import KINDS, claims
from tests.alta_verify.prove.meets.meetings import claimed


def test_obligations_are_named_in_the_order_of_reports():
    said = claims(claimed(sorted))
    assert list(map(str, said)) == [
        "sampling",
        "program[conflict]",
        "program[range]",
        "program[undefined]",
        "spec",
    ]
    assert {obligation.kind for obligation in said} == set(KINDS)
    assert not any("{" in claim or "None" in claim for claim in said.values())
    assert "what 'sorted' returns" in list(said.values())[-1]


def test_every_kind_says_why_it_may_stay_open_and_what_to_try():
    assert all(kind.open_when and kind.advice for kind in KINDS.values())
    # What was meant is a function that cannot be sent to another process.
    assert [name for name, kind in KINDS.items() if kind.stays] == ["spec"]
