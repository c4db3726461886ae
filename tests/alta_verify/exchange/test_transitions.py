"""Transitions have each local state in which no rule fails, with the value that it leads to."""

from __future__ import annotations

import pytest

import alta
from alta_verify.exchange import transitions
from alta_verify.exchange.transitions import columns_read, groups
from alta_verify.obligation import NotShown
from tests.alta_verify.circuits.toy import context_of, toy


@pytest.fixture(scope="module")
def context():
    return context_of(toy())


def test_states_are_grouped_by_the_value_that_the_rules_give(context):
    found = {group.value: group for group in groups(context, "left_odd")}
    assert set(found) == {"0", "1"}
    assert [tuple(map(float, ends)) for ends in found["1"].after] == [(0, 0), (1, 1)]
    states = [box for group in found.values() for box in group.states]
    assert len(states) == len(set(states))
    assert {len(box) for box in states} == {len(columns_read(context, "left_odd"))}


def test_states_in_which_a_rule_fails_are_left_out(context):
    # Where the position is not the first one, what is to its left is defined.
    columns = columns_read(context, "left_odd")
    first, left = (context.model.layout.columns[name] for name in ("first", "left"))
    for group in groups(context, "left_odd"):
        for box in group.states:
            lows = {column: ends[0] for column, ends in zip(columns, box, strict=True)}
            if lows[first[0]] == 1:
                assert sum(lows[column] for column in left) == 1


def test_of_too_many_states_nothing_is_said(context, monkeypatch):
    monkeypatch.setattr(transitions, "_STATES", 3)
    with pytest.raises(NotShown, match="left_odd has more than 3 local states"):
        groups(context, "left_odd")


def test_what_conflicts_or_reads_something_undefined_leads_nowhere(context):
    local = {"odd": 0, "other": 0, "first": 0, "spare": 0, "left_odd": 0, "left": 1}
    rules = context.finite.rules_by_variable["left_odd"]

    def after(*extra, **values):
        return transitions._after((*rules, *extra), "left_odd", local | values, context)

    assert after() == 1
    assert after(left=0) == 0
    assert after(left=-1) is None
    assert after(alta.rule({"spare": 0}, "left_odd", 1)) is None
    assert after(alta.rule({"left": 0}, "left_odd", 2), left=0) is None
