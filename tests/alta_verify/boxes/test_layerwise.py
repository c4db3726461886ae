"""Boxes at layer boundaries hold every residual stream there, of every run."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

import alta
from alta.interp.run import run
from alta.lang.values import show_value
from alta_verify.arithmetic.interval import Interval
from alta_verify.boxes.layerwise import BoxPropagation, decoded
from alta_verify.boxes.reachable_transitions import reachable_transitions, successor
from alta_verify.obligation import NotShown
from alta_verify.reach.answer import Undecided
from tests.alta_verify.boxes.test_verdicts import EXACT, LONGEST, MODEL, PROGRAM, judged, shaken


def learned_of(block):
    report = judged(block)
    assert report.learned is not None
    return report.learned


def words():
    return [word for word in PROGRAM.inputs.enumerate(LONGEST) if word]


def inside(number: float, box: Interval) -> bool:
    return box.lo <= Fraction(float(number)) <= box.hi


@pytest.mark.parametrize("size", [0.0, 2e-3, 2e-2], ids=["exact", "near", "far"])
def test_boxes_hold_the_residual_streams_of_all_runs(size):
    block = shaken(EXACT, size, 0)
    layerwise = learned_of(block).layerwise
    model, columns = MODEL.with_mlp(block), MODEL.layout.columns
    for word in words():
        symbolic = run(PROGRAM, word)
        streams = model.residual_streams(word, len(symbolic.states))
        states = [symbolic.initial, *(state.after_mlp for state in symbolic.states)]
        for layer, (state, stream) in enumerate(zip(states, streams[::2], strict=True)):
            if layer >= len(layerwise.relations) and not layerwise.closed:
                break
            relation = layerwise.relations[min(layer, len(layerwise.relations) - 1)]
            for values, row in zip(state, stream, strict=True):
                for name, own in columns.items():
                    boxes = (
                        relation.residue_of(name)
                        if name in PROGRAM.heads
                        else relation.start[name][values[name]]
                    )
                    assert all(map(inside, row[list(own)], boxes))


def test_every_relation_holds_after_the_one_before():
    learned = learned_of(shaken(EXACT, 2e-3, 0))
    layerwise = learned.layerwise
    assert len(layerwise.relations) > 1
    for before, after in pairwise(layerwise.relations):
        assert all(
            learned.propagation.contained(
                learned.propagation.after(before, layerwise.splits), after
            ).values()
        )
        # Not of itself, or there would be nothing to check.
        narrow = {
            name: {value: tuple(Interval(i.lo, i.lo) for i in box) for value, box in codes.items()}
            for name, codes in after.start.items()
        }
        kept = learned.propagation.contained(
            learned.propagation.after(before, layerwise.splits), replace(after, start=narrow)
        )
        assert not all(kept.values())


def test_a_relation_that_a_layer_does_not_keep_shows_nothing(monkeypatch):
    learned = learned_of(shaken(EXACT, 2e-3, 0))
    name = next(iter(PROGRAM.variables))
    learned.keeps(name)
    kept = BoxPropagation.contained
    monkeypatch.setattr(
        BoxPropagation, "contained", lambda self, *args: {**kept(self, *args), name: False}
    )
    with pytest.raises(NotShown, match=f"does not keep the boxes of {name}"):
        learned.keeps(name)


def test_a_relation_that_does_not_decode_shows_nothing():
    learned = learned_of(EXACT)
    layerwise = learned.layerwise
    assert all(map(decoded, layerwise.relations))
    wide = replace(
        layerwise.relations[0],
        start={
            name: {
                value: tuple(i.widened(Fraction(1)) for i in box) for value, box in codes.items()
            }
            for name, codes in layerwise.relations[0].start.items()
        },
    )
    assert not decoded(wide)


# --- which transitions occur ----------------------------------------------------------------------


def test_the_transitions_are_those_of_all_runs():
    wanted = set()
    for word in words():
        symbolic = run(PROGRAM, word)
        for state in symbolic.states:
            for before, after in zip(state.after_attention, state.after_mlp, strict=True):
                local = tuple((name, show_value(value)) for name, value in before.items())
                wanted.add((local, tuple(show_value(after[n]) for n in PROGRAM.variables)))
    learned = learned_of(EXACT)
    abstraction = learned.layerwise.relations[0].abstraction

    have = set()
    for step in learned.propagation.steps:
        before, after = (
            {name: abstraction.shown(name, index) for name, index in values.items()}
            for values in (step.local, step.after)
        )
        have.add((tuple(before.items()), tuple(after[name] for name in PROGRAM.variables)))
    assert have == wanted


def two_rules(*values: int):
    return alta.program_spec_from_rules(
        name="two_rules",
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


def test_a_transition_in_which_the_program_fails_shows_nothing():
    conflicting = two_rules(1, 2)
    assert successor(two_rules(1), {"token": 1, "seen": 0, "left": 0})["seen"] == 1
    with pytest.raises(NotShown, match="the program fails in token=1"):
        successor(conflicting, {"token": 1, "seen": 0, "left": 0})
    assert successor(conflicting, {"token": 0, "seen": 0, "left": 0})["seen"] == 0
    with pytest.raises(NotShown, match="the program fails"):
        successor(two_rules(1), {"token": 1, "seen": 0, "left": -1})


def test_a_state_of_which_it_is_not_known_whether_it_occurs_shows_nothing():
    cubes = [{"token": {0, 1}, "seen": {0}, "left": {0}}]
    program = two_rules(1)
    with pytest.raises(NotShown, match=r"whether token=0 .* occurs is not known: it is late"):
        reachable_transitions(program, cubes, [], lambda pattern: Undecided("it is late"))


def test_states_are_gone_through_up_to_a_number():
    cubes = [{"token": {0, 1}, "seen": set(range(3)), "left": set(range(1 << 13))}]
    with pytest.raises(NotShown, match="up to 16,384 are gone through"):
        reachable_transitions(two_rules(1), cubes, [], lambda pattern: Undecided("never asked"))
