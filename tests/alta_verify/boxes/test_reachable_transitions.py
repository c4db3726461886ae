"""The transitions of a learned block are those of all runs, and none is left out unasked."""

from __future__ import annotations

import pytest

import alta
from alta.interp.run import run
from alta.lang.program import Program
from alta.lang.values import show_value
from alta_verify.abstraction import Transition
from alta_verify.boxes.reachable_transitions import reachable_transitions
from alta_verify.obligation import NotShown, Obligation
from alta_verify.reach.answer import Reachable, Undecided, Unreachable
from tests.alta_verify.boxes.learned_blocks import LONGEST, PROGRAM, learned_of


def writing(*values: int) -> Program:
    """A program that assigns values to ``seen`` where the token is 1."""
    return alta.program_spec_from_rules(
        name="writing",
        variables={"token": alta.input_var(2), "seen": alta.var(3)},
        heads={"left": alta.v_relative("seen", -1)},
        rules=[
            *(alta.rule({"token": 1}, "seen", value) for value in values),
            alta.rule({"left": 2}, "token", 0),
        ],
        output_name="seen",
        input_range=2,
        layers=1,
    )


CUBES = [{"token": {0, 1}, "seen": {0}, "left": {0}}]

ZERO, ONE = ({"token": token, "seen": 0, "left": 0} for token in (0, 1))


def everything(pattern):
    return Reachable((1,), 1, 0)


def nothing(pattern):
    return Unreachable()


def unasked(pattern):
    raise AssertionError(pattern)


def test_the_transitions_are_those_of_all_runs():
    expected = set()
    for word in filter(None, PROGRAM.inputs.enumerate(LONGEST)):
        for state in run(PROGRAM, word).states:
            for before, values in zip(state.after_attention, state.after_mlp, strict=True):
                local = tuple((name, show_value(value)) for name, value in before.items())
                expected.add((local, tuple(show_value(values[n]) for n in PROGRAM.variables)))
    learned = learned_of()
    abstraction = learned.first().abstraction
    actual = set()
    for step in learned.propagation.transitions:
        local = tuple((name, abstraction.shown(name, index)) for name, index in step.local.items())
        after = tuple(abstraction.shown(name, step.after[name]) for name in PROGRAM.variables)
        actual.add((local, after))
    assert actual == expected


def test_every_state_that_occurs_is_there_once_with_what_the_rules_make_of_it():
    transitions = reachable_transitions(writing(1), CUBES * 2, [], everything)
    assert transitions == [
        Transition(ZERO, {"token": 0, "seen": 0}),
        Transition(ONE, {"token": 1, "seen": 1}),
    ]


def test_a_state_that_does_not_occur_is_left_out():
    def find(pattern):
        return Unreachable() if pattern["token"] == {1} else Reachable((0,), 1, 0)

    (step,) = reachable_transitions(writing(1, 2), CUBES, [], find)
    assert step.local == ZERO


def test_a_state_of_a_sampled_run_is_not_asked_for():
    sampled = [Transition(ONE, {"token": 1, "seen": 1}), Transition(ZERO, ZERO)]
    assert len(reachable_transitions(writing(1), CUBES, sampled, unasked)) == 2


@pytest.mark.parametrize(
    ("values", "local", "why"),
    [
        ((1, 2), {"token": 1, "left": 0}, "both fire"),
        ((3,), {"token": 1, "left": 0}, "has the values"),
        ((1,), {"token": 0, "left": -1}, "reads 'left', which is UNDEFINED"),
    ],
    ids=["conflict", "range", "undefined"],
)
def test_a_state_in_which_the_program_fails_shows_nothing(values, local, why):
    cubes = [{"token": {local["token"]}, "seen": {0}, "left": {local["left"]}}]
    with pytest.raises(NotShown, match=f"the program fails in token=. .*{why}") as reason:
        reachable_transitions(writing(*values), cubes, [], everything)
    assert reason.value.owner == Obligation("program")


def test_a_state_of_which_it_is_not_known_whether_it_occurs_shows_nothing():
    with pytest.raises(NotShown, match=r"whether token=0 .* occurs is not known: it is late"):
        reachable_transitions(writing(1), CUBES, [], lambda pattern: Undecided("it is late"))


def test_states_are_gone_through_up_to_a_number():
    cubes = [{"token": {0, 1}, "seen": set(range(3)), "left": set(range(1 << 13))}]
    with pytest.raises(NotShown, match="up to 16,384 are gone through"):
        reachable_transitions(writing(1), cubes, [], unasked)


def test_a_sampled_state_outside_of_the_cubes_shows_nothing():
    sampled = [Transition({"token": 0, "seen": 2, "left": 0}, {"token": 0, "seen": 2})]
    with pytest.raises(NotShown, match=r"runs have .*seen=2.*, which was not gone through"):
        reachable_transitions(writing(1), CUBES, sampled, everything)


def test_there_are_no_transitions_only_where_runs_show_that_none_occurs():
    assert reachable_transitions(writing(1), [], [], nothing) == []
    with pytest.raises(NotShown, match="runs take layers, but no local state occurs"):
        reachable_transitions(writing(1), [], [], everything)
