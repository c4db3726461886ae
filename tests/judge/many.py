"""Many runs at once: inputs of one length, of a program whose variables are all categorical.

Whole columns take the steps that `running` takes for one position after another, so that programs
can be judged on all short inputs, and on long ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.judge.language import Word
from tests.judge.meaning import Head, Program

__all__ = ["ENDLESS", "End", "NotColumnsError", "States", "Step", "ends", "ends_of", "layers"]

ENDLESS = "endless"

UNDEFINED = -1

Column = NDArray[np.int16]
"""A number for each input and position."""

States = dict[str, Column]
"""The values of all variables, or of all variables and heads."""


class NotColumnsError(Exception):
    """A program that has something beside categorical variables and listed offsets."""


Places = NDArray[np.bool_]
"""Which inputs something is so of."""


@dataclass(frozen=True)
class Step:
    """What there is of all runs at a layer boundary.

    Attributes:
        running: which go on.
        wrong: which have gone wrong in some layer before, and how.
    """

    states: States
    running: Places
    wrong: dict[str, Places]


@dataclass(frozen=True)
class End:
    """How a run ends.

    Attributes:
        kinds: what goes wrong: "conflict", "range" or "undefined", or, where nothing ever ends it,
            "endless".
        outputs: of all positions, if nothing does.
        layers: how many layers it takes, without one that goes wrong.
    """

    kinds: frozenset[str]
    outputs: Word
    layers: int


def ends(program: Program, words: Sequence[Word], max_layers: int | None = None) -> list[End]:
    """Returns how the runs on inputs of one length end."""
    return ends_of(program, list(layers(program, words, max_layers)))


def ends_of(program: Program, steps: Sequence[Step]) -> list[End]:
    """Returns how runs end, of which there are all steps."""
    found: dict[int, End] = {}
    for number, step in enumerate(steps):
        for place in map(int, np.flatnonzero(~step.running)):
            if place not in found:
                wrong = frozenset(kind for kind, where in step.wrong.items() if where[place])
                outputs = () if wrong else tuple(map(int, step.states[program.output][place]))
                found[place] = End(wrong, outputs, number - bool(wrong))
    endless = End(frozenset({ENDLESS}), (), len(steps) - 1)
    return [found.get(place, endless) for place in range(len(steps[0].running))]


def layers(
    program: Program, words: Sequence[Word], max_layers: int | None = None
) -> Iterator[Step]:
    """Yields the states at all layer boundaries, until all runs have ended, or never will.

    What has ended stays as it is.
    """
    _check(program)
    tokens = np.array(words, np.int16)
    bound = program.bound(tokens.shape[1]) if max_layers is None else max_layers
    states: States = {
        name: np.array(variable.table, np.int16)[tokens]
        if variable.source == "token"
        else np.full(tokens.shape, variable.table[0], np.int16)
        for name, variable in program.variables.items()
    }
    running, number = np.ones(len(words), bool), 0
    wrong: dict[str, Places] = {}
    # Brent's way to find a cycle: a state is kept for twice as many layers each time.
    kept: States = {}
    while True:
        if program.halt is not None:
            name, value = program.halt
            running = running & ~(states[name] == value).all(axis=1)
        if number == bound:
            running = np.zeros(len(words), bool)
        yield Step(states, running, wrong)
        if not (running & ~_again(states, kept if bound is None else {})).any():
            return
        if number & (number - 1) == 0:
            kept = states
        after, kinds = _layer(program, states)
        wrong = {kind: wrong.get(kind, False) | (where & running) for kind, where in kinds.items()}
        for where in wrong.values():
            running = running & ~where
        states = {name: np.where(running[:, None], after[name], states[name]) for name in states}
        number += 1


def _again(states: States, kept: States) -> Places:
    """Returns which inputs have the states that were kept."""
    (size, *_) = next(iter(states.values())).shape
    again = np.full(size, bool(kept))
    for name in kept:
        again &= (states[name] == kept[name]).all(axis=1)
    return again


def _check(program: Program) -> None:
    for name, variable in program.variables.items():
        if variable.kind != "categorical" or variable.source == "position":
            raise NotColumnsError(f"{name} is {variable.kind}, from {variable.source}")
    for name, head in program.heads.items():
        if not isinstance(head.mask, tuple) or head.averages:
            raise NotColumnsError(f"{name} has the mask {head.mask}")


def _layer(program: Program, states: States) -> tuple[States, dict[str, Places]]:
    """Returns the states after a layer, and which inputs go wrong in it, by kind."""
    shape = next(iter(states.values())).shape
    seen = {**states, **{name: _read(head, states) for name, head in program.heads.items()}}
    writing = {name: np.zeros(shape, np.int16) for name in states}
    after = dict(states)
    wrong = {kind: np.zeros(shape[0], bool) for kind in ("conflict", "range", "undefined")}
    for rule in program.rules:
        fires, defined = np.ones(shape, bool), np.ones(shape, bool)
        for name, index in rule.atoms:
            missing = seen[name] == UNDEFINED
            defined &= ~missing
            fires &= missing | (seen[name] == index)
        wrong["undefined"] |= (fires & ~defined).any(axis=1)
        fires &= defined
        if not program.variables[rule.variable].holds(rule.value):
            wrong["range"] |= fires.any(axis=1)
        writing[rule.variable] += fires
        after[rule.variable] = np.where(fires, rule.value, after[rule.variable])
    for count in writing.values():
        wrong["conflict"] |= (count > 1).any(axis=1)
    return after, wrong


def _read(head: Head, states: States) -> Column:
    """Returns what a head reads: the value at the one position that it selects, or UNDEFINED."""
    value = states[head.value]
    length = value.shape[1]
    selected, read = np.zeros(value.shape, np.int16), np.zeros(value.shape, np.int16)
    assert isinstance(head.mask, tuple)
    for offset in head.mask:
        # Position i looks at position i + offset, where there is one.
        here = slice(max(0, -offset), max(0, min(length, length - offset)))
        there = slice(max(0, offset), max(0, min(length, length + offset)))
        alike: Places | bool = True
        if head.query is not None and head.key is not None:
            alike = states[head.query][:, here] == states[head.key][:, there]
        selected[:, here] += alike
        read[:, here] += np.where(alike, value[:, there], 0)
    return np.where(selected == 1, read, UNDEFINED)
