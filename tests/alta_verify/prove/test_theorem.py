"""An attempt looks for a counterexample where an obligation cannot be shown, and only there."""

from __future__ import annotations

from typing import Any

import pytest

from alta.limit import OutOfTime
from alta_verify.obligation import NotShown, Obligation, Refuted
from alta_verify.prove.theorem import Kind, attempt, exclude
from alta_verify.reach.answer import Reachable, Undecided, Unfinished, Unreachable

OWN, FOREIGN = Obligation("a", "x"), Obligation("b")


def kinds(owner, search) -> dict[str, Kind[str]]:
    def show(context: str, subject: str) -> str:
        if owner == "shown":
            return f"{context}: {subject}"
        raise NotShown("too coarse", owner=owner)

    return {"a": Kind("", show, "", "", search=search)}


def found(context: str, subject: str) -> str:
    return f"{context} {subject} is wrong"


def test_what_is_shown_is_not_searched():
    assert attempt(kinds("shown", found), "here", OWN) == "here: x"


@pytest.mark.parametrize("owner", [None, OWN])
def test_what_is_found_refutes(owner):
    with pytest.raises(Refuted, match="here x is wrong"):
        attempt(kinds(owner, found), "here", OWN)


def test_a_reason_that_belongs_elsewhere_is_not_searched():
    with pytest.raises(NotShown):
        attempt(kinds(FOREIGN, found), "here", OWN)


def test_nothing_found_leaves_it_open():
    for search in (None, lambda *_: None):
        with pytest.raises(NotShown, match="too coarse"):
            attempt(kinds(None, search), "here", OWN)


def test_no_time_to_search_leaves_the_reason():
    def late(*_: str) -> None:
        raise OutOfTime

    with pytest.raises(NotShown, match="too coarse"):
        attempt(kinds(None, late), "here", OWN)


def test_a_fault_is_excluded_only_by_the_answer_that_no_run_gets_there():
    exclude("a conflict", Unreachable(), lambda tokens: pytest.fail("replayed"))
    for answer, reason in {
        Reachable((0, 1), 1, 0): "a conflict was reached but did not replay",
        Undecided("gave up"): "a conflict: gave up",
        Unfinished(): "a conflict: out of time",
    }.items():
        with pytest.raises(NotShown, match=reason):
            exclude("a conflict", answer, lambda tokens: None)
    nothing: Any = None
    with pytest.raises(AssertionError):
        exclude("a conflict", nothing, lambda tokens: None)


def test_a_fault_that_is_reached_refutes_where_it_replays():
    def refute(tokens: tuple[int, ...]) -> None:
        raise Refuted(tokens)

    with pytest.raises(Refuted):
        exclude("a conflict", Reachable((0, 1), 1, 0), refute)
