"""Information flow says which places can matter, and on which tokens an output can depend."""

from __future__ import annotations

import pytest

import alta
from alta_verify.abstraction import Abstraction
from alta_verify.circuits import flow as flows
from alta_verify.circuits.flow import LiveParts, add_live, flow
from alta_verify.circuits.layer import LayerOnSets
from alta_verify.obligation import NotShown
from tests.alta_verify.circuits.toy import LENGTH, toy


def followed(program, length=LENGTH, bound=None):
    abstraction = Abstraction.of(program)
    layer, tokens = LayerOnSets(abstraction), program.inputs.automaton(length).live_tokens(length)
    return abstraction, flow(abstraction, layer, tokens, bound or program.layer_bound(length))


def live(program, steady=None):
    abstraction, runs = followed(program)
    parts = LiveParts()
    add_live(parts, abstraction, runs, set(program.variables) if steady is None else steady)
    return parts


def test_what_no_rule_tells_apart_is_dead_though_rules_test_it():
    parts = live(toy())
    assert parts.variables == {"odd", "left_odd"}
    assert {pair for pair in parts.writes if pair[0] != pair[1]} == {("left_odd", "left")}
    assert parts.reads == {("left", "odd", "value")}


def test_the_twin_that_tells_it_apart_has_it_live():
    parts = live(toy(other_matters=True))
    assert "other" in parts.variables
    assert ("left_odd", "other") in parts.writes


def test_what_is_written_to_something_that_is_read_later_is_live():
    parts = live(toy(spare_read=True))
    assert {("spare", "other"), ("left_odd", "spare")} <= parts.writes


def test_where_a_variable_is_not_known_to_be_right_everything_that_varies_is_live():
    program = toy()
    parts = live(program, steady=set(program.variables) - {"spare"})
    assert parts.variables == {"odd", "other", "spare", "left_odd"}
    assert parts.heads == {"left"}


def test_what_rules_may_fail_by_is_live_though_the_output_is_another():
    program = alta.program_spec_from_rules(
        variables={
            "x": alta.input_var(2, lambda token: token),
            "y": alta.input_var(2, lambda token: 1 - token),
            "spare": alta.var(2),
            "out": alta.input_var(2, lambda token: token),
        },
        heads={},
        # On no input do they conflict: x and y differ. Sets do not know that.
        rules=[alta.rule({"x": 1}, "spare", 1), alta.rule({"y": 1}, "spare", 0)],
        output_name="out",
        input_range=2,
        position_range=None,
        layers=1,
    )
    assert live(program).variables == {"x", "y", "out"}
    rules = [alta.rule({"x": 1}, "spare", 1)]
    assert live(alta.replace(program, rules=rules)).variables == {"out"}


@pytest.mark.parametrize(
    ("program", "sources"),
    [
        (toy(), [set(), {0}, {1}]),
        (toy(other_matters=True), [set(), {0, 1}, {1, 2}]),
        (toy(spare_read=True), [{0}, {0}, {1}]),
    ],
    ids=["left", "both", "own"],
)
def test_an_output_depends_on_the_tokens_that_lead_to_it(program, sources):
    assert [set(each) for each in followed(program)[1].sources] == sources


def halting(halt_from):
    """Halts after as many layers as it takes, which tokens decide, or positions."""
    return alta.program_spec_from_rules(
        variables={
            "left": alta.input_var(3, lambda token: token) if halt_from else alta.var(3, default=2),
            "count": alta.var(4),
        },
        heads={},
        rules=[
            *(alta.rule({"left": value}, "left", value - 1) for value in (1, 2)),
            *(alta.rule({"count": value}, "count", value + 1) for value in range(3)),
        ],
        output_name="count",
        input_range=3,
        position_range=None,
        halt=alta.halt_spec("left", 0),
    )


def test_an_output_depends_on_what_decides_when_to_halt():
    _, runs = followed(halting(True), 2)
    assert runs.ends == {0, 1, 2}
    assert [set(each) for each in runs.sources] == [{0, 1}, {0, 1}]
    _, runs = followed(halting(False), 2)
    assert runs.ends == {2}
    assert [set(each) for each in runs.sources] == [set(), set()]


def test_what_decides_when_to_halt_is_live():
    abstraction, runs = followed(halting(True), 2)
    parts = LiveParts()
    add_live(parts, abstraction, runs, {"left", "count"})
    assert "left" in parts.variables


def test_runs_without_an_end_are_followed_until_their_sets_come_back():
    clock = alta.program_spec_from_rules(
        variables={"x": alta.input_var(3, lambda token: token), "out": alta.var(3)},
        heads={},
        rules=[
            *(alta.rule({"x": value}, "x", (value + 1) % 3) for value in range(3)),
            *(alta.rule({"x": value}, "out", value) for value in range(3)),
        ],
        output_name="out",
        input_range=3,
        position_range=None,
        layers=100,
    )
    _, runs = followed(clock, 1)
    assert runs.back is not None
    assert len(runs.layers) < 10
    assert runs.ends == set(range(runs.back, len(runs.layers)))
    # A run ends in one of the layers that come again, with an output that its token decides.
    assert runs.sources == [frozenset({0})]


def test_runs_that_take_too_long_are_left_open(monkeypatch):
    monkeypatch.setattr(flows, "_LAYERS", 1)
    with pytest.raises(NotShown, match="more than 1 layers would have to be followed"):
        followed(toy())
