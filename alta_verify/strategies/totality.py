"""Totality: from a program that may fail on some inputs to one that fails on none.

All inputs are run; a rule that was the reason of a failure is narrowed to where it is harmless, or
left out; and again, until nothing fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

import numpy as np

import alta
from alta import UNDEFINED, Program, Rule
from alta.interp.batch import LocalStates, Transitions, execute
from alta.lang.values import Undefined

__all__ = ["Unfinished", "totalised"]

# Runs are followed so far for a repeated state; nearly all repeat themselves within ten layers.
_LAYERS: Final = 256


@final
class Unfinished(Exception):  # noqa: N818 - an outcome, not an error
    """A run that goes through too many states to be followed to its end."""


@final
@dataclass(frozen=True)
class _Failure:
    """A rule that must not be, in a local state: it conflicts, traps or reads UNDEFINED."""

    rule: Rule
    local: dict[str, int | Undefined]
    undefined: bool


def totalised(program: Program, *, max_len: int) -> Program:
    """Returns a program like this one that does not fail on any input, in any layer.

    The program must take no inputs longer than `max_len`, for the result to be total. Its bound on
    layers is not taken into account: runs are followed until they halt or repeat a state.

    Raises:
        Unfinished: some run halts only, or repeats a state, after very many layers.
    """
    # It ends: a rule is left out, or takes one more test, of which there are finitely many.
    while True:
        failures = _failures(program, max_len)
        if not failures:
            return program
        rules = [rule for rule in program.rules if rule not in failures]
        for failure in failures.values():
            rules += _narrowed(program, failure)
        program = alta.replace(program, rules=rules)


def _failures(program: Program, max_len: int) -> dict[Rule, _Failure]:
    """Returns one failure for each rule that has any."""
    failures: dict[Rule, _Failure] = {}
    for local in _stuck(program, max_len):
        for failure in _reasons(program, local):
            failures.setdefault(failure.rule, failure)
    return failures


def _stuck(program: Program, max_len: int) -> Iterator[dict[str, int | Undefined]]:
    """Yields the local states without a next one, by indices, from runs of all inputs."""
    transitions, local_states = Transitions(program), LocalStates()
    for length in program.inputs.lengths(max_len):
        words = list(program.inputs.automaton(length).enumerate_words(length))
        run = execute(
            program,
            np.array(words, dtype=np.int64).reshape(len(words), length),
            _LAYERS,
            transitions=transitions,
            stop_at_repeats=True,
            local_states=local_states,
        )
        # It could still fail in a layer that was not run.
        if (run.n_layers == _LAYERS).any():
            raise Unfinished
    for local in local_states.failing():
        yield {name: UNDEFINED if value < 0 else value for name, value in local.items()}


def _reasons(program: Program, local: dict[str, int | Undefined]) -> Iterator[_Failure]:
    """Yields the rules without which there is no failure in a local state."""
    written = set()
    for rule in program.rules:
        if rule.undefined_read(local) is not None:
            yield _Failure(rule, local, undefined=True)
        elif rule.fires(local):
            if rule.variable in written or program.is_trap(rule):
                yield _Failure(rule, local, undefined=False)
            # Of rules that conflict the first may stay, and those after it are to go.
            written.add(rule.variable)


def _narrowed(program: Program, failure: _Failure) -> Iterator[Rule]:
    """Yields what is left of a rule: it, where one more variable has not the value it fails at.

    That keeps, for instance, a rule that reads its left neighbour everywhere but at the left end.
    Rules that trap or conflict are not worth the effort.
    """
    if not failure.undefined:
        return
    tested = {atom.variable for atom in failure.rule.atoms}
    changing = {rule.variable for rule in program.rules}
    guards = [
        name
        for name, variable in program.variables.items()
        if name not in tested and variable.size > 1
    ]
    # Best is a variable that never changes, which tells positions or tokens apart for ever.
    for guard in sorted(guards, key=lambda name: name in changing)[:1]:
        for value in range(program.variables[guard].size):
            if value != failure.local[guard]:
                where = {atom.variable: atom.value for atom in failure.rule.atoms} | {guard: value}
                yield alta.rule(where, failure.rule.variable, failure.rule.value)
