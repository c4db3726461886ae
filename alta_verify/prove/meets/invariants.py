"""Invariants of all states: by value sets, by running all inputs, or symbolically."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alta_verify.obligation import NotShown
from alta_verify.prove.meets.excluding import excluded, followed
from alta_verify.prove.meets.meeting import ENUMERABLE, RUNNABLE, Meeting
from alta_verify.reach.sets.value_sets import may_fire
from alta_verify.reach.slices import SlicedProgram, slice_of
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Graph, Literal
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.transformer import Guards, State
from alta_verify.specs.invariants import Always, Breach, breaches
from alta_verify.specs.specification import Indefinite
from alta_verify.universal import nonempty

__all__ = ["show"]


def show(meeting: Meeting, invariant: Always) -> str:
    """Shows that no state of any run, or no two in succession, breaks an invariant."""
    try:
        suspects = _suspects(meeting, invariant)
        if not suspects:
            return "value sets, for any number of layers"
        # Running all inputs is the meaning itself, and fast for so few.
        if meeting.number <= ENUMERABLE:
            return meeting.run_all()
        asked = sum(
            _exclude(meeting, length, suspects, steps=invariant.steps)
            for length in nonempty(meeting.claim.lengths, "inputs within the bound")
        )
    except NotShown:
        if meeting.number > RUNNABLE:
            raise
        return meeting.run_all()
    if not asked:
        return "symbolic runs of every length; all guards merged"
    return f"symbolic runs of every length; the SAT solver excluded it in {asked} places"


def _suspects(meeting: Meeting, invariant: Always) -> list[Breach]:
    """Returns the ways to break the invariant that value sets do not exclude."""
    abstraction, sets = meeting.claim.abstraction, meeting.runs.value_sets
    anywhere = sets.anywhere()
    values = {
        name: {
            index: abstraction.values[name][index]
            for index in nonempty(sorted(anywhere[name]), f"values of {name}")
        }
        for name in abstraction.finite.variables
    }
    rows = nonempty(sets.distinct(), "positions")
    try:
        # Lemma 4 (value sets): what is not possible in them at any position is in no run, before
        # the first layer or after any other one.
        return [
            breach
            for breach in breaches(invariant, values)
            if any(_is_possible(meeting, breach, row) for row in rows)
        ]
    except Indefinite as reason:
        raise NotShown(f"{invariant.name} {reason}") from None


def _is_possible(meeting: Meeting, breach: Breach, row: Mapping[str, frozenset[int]]) -> bool:
    """Says whether value sets of a position allow the values of a breach."""
    if any(index not in row[name] for name, index in breach.before.items()):
        return False
    before = {**row, **{name: frozenset({index}) for name, index in breach.before.items()}}
    rules = meeting.claim.abstraction.finite.rules_by_variable
    # A variable keeps its value, or a rule that may fire assigns one.
    return all(
        index in before[name]
        or any(rule.value == index and may_fire(rule, before) for rule in rules[name])
        for name, index in breach.after.items()
    )


def _exclude(meeting: Meeting, length: int, suspects: Sequence[Breach], *, steps: bool) -> int:
    """Excludes breaches on inputs of a length; returns how many cases a solver had to exclude."""
    if length in meeting.compared:
        return meeting.compared[length]
    claim = meeting.claim
    names = {name for breach in suspects for name in [*breach.before, *breach.after]}
    inputs = Inputs(claim.inputs, length, calls=claim.calls)
    # Lemma 6 (slices): what these variables do not depend on is left out.
    sliced = SlicedProgram(
        claim.abstraction, slice_of(claim.abstraction.finite, names), claim.max_layers
    )
    run = followed(sliced, inputs, length, claim.deadline)
    asked = 0
    # Lemma 7 (symbolic runs): guards describe the states of all runs, those that take a layer those
    # after it, the last ones included. What comes back was asked about when it was first there.
    stages: list[tuple[Literal, State, State]] = list(run.steps())
    if not steps:
        # Of single states the first ones are some as well.
        stages = [(TRUE, run.first, run.first), *((taken, s, s) for taken, _, s in stages)]
    for number, (running, before, after) in enumerate(stages, start=int(steps)):
        for position in range(length):
            wrong = _broken(inputs.graph, suspects, running, (before[position], after[position]))
            place = f"length {length}, layer {number}, position {position}"
            asked += excluded(meeting, inputs, wrong, place)
    meeting.compared[length] = asked
    return asked


def _broken(
    graph: Graph, suspects: Sequence[Breach], running: Literal, guards: tuple[Guards, Guards]
) -> Literal:
    """Returns the inputs whose run breaks the invariant at a position, in one layer."""
    before, after = guards
    return graph.any_of(
        graph.all_of(
            [
                running,
                *(before[name].get(index, FALSE) for name, index in breach.before.items()),
                *(after[name].get(index, FALSE) for name, index in breach.after.items()),
            ]
        )
        for breach in suspects
    )
