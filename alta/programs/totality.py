"""Totality: from a program that may fail on some inputs to one that fails on none.

All inputs are run; a rule that was the reason of a failure is narrowed to where it is harmless, or
left out; and again, until nothing fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias, final

import numpy as np

from alta.interp.batch import LocalStates, Transitions, execute
from alta.lang.program import Program
from alta.lang.replacement import replace
from alta.lang.rules import Rule
from alta.lang.rules import rule as make_rule
from alta.lang.values import UNDEFINED, Undefined

__all__ = ["Unfinished", "totalised"]

# Runs are followed so far for a repeated state; nearly all repeat themselves within ten layers.
_LAYERS: Final = 256


@final
class Unfinished(Exception):  # noqa: N818 - an outcome, not an error
    """A run that goes through too many states to be followed to its end."""


_Local: TypeAlias = dict[str, int | Undefined]


def totalised(program: Program, *, max_len: int) -> Program:
    """Returns a program like this one that does not fail on any input, in any layer.

    The program must take no inputs longer than `max_len`, for the result to be total. Its bound on
    layers is not taken into account: runs are followed until they halt or repeat a state, and where
    that takes very many layers `Unfinished` is raised.
    """
    # It ends: a rule is left out, or takes one more test, of which there are finitely many.
    while True:
        failures = _failures(program, max_len)
        if not failures:
            return program
        rules = [rule for rule in program.rules if rule not in failures]
        for rule, local in failures.items():
            # Rules that trap or conflict are not worth the effort.
            if local is not None:
                rules += _narrowed(program, rule, local)
        program = replace(program, rules=rules)


def _failures(program: Program, max_len: int) -> dict[Rule, _Local | None]:
    """Returns the rules that must not be: in a local state in which they read UNDEFINED, or None.

    None stands for those that conflict or trap.
    """
    failures: dict[Rule, _Local | None] = {}
    for local in _stuck(program, max_len):
        for rule, undefined in _reasons(program, local):
            failures.setdefault(rule, local if undefined else None)
    return failures


def _stuck(program: Program, max_len: int) -> Iterator[_Local]:
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


def _reasons(program: Program, local: _Local) -> Iterator[tuple[Rule, bool]]:
    """Yields rules without which a local state has no failure, and whether they read UNDEFINED."""
    written = set()
    for rule in program.rules:
        if rule.undefined_read(local) is not None:
            yield rule, True
        elif rule.fires(local):
            if rule.variable in written or program.is_trap(rule):
                yield rule, False
            # Of rules that conflict the first may stay, and those after it are to go.
            written.add(rule.variable)


def _narrowed(program: Program, failing: Rule, local: _Local) -> Iterator[Rule]:
    """Yields what is left of a rule: it, where one more variable has not the value it fails at."""
    # That keeps, for instance, a rule that reads its left neighbour everywhere but at the left end.
    tests = {atom.variable: atom.value for atom in failing.atoms}
    changing = {rule.variable for rule in program.rules}
    guards = [
        name
        for name, variable in program.variables.items()
        if name not in tests and variable.size > 1
    ]
    # Best is a variable that never changes, which tells positions or tokens apart for ever.
    for guard in sorted(guards, key=lambda name: name in changing)[:1]:
        for value in range(program.variables[guard].size):
            if value != local[guard]:
                yield make_rule(tests | {guard: value}, failing.variable, failing.value)
