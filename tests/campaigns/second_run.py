"""A second interpreter, of programs as the checker reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from alta_verify.check.program import Head, Program, bucket_of

__all__ = ["second_run"]

_State = list[dict[str, int]]
"""For each position the index of every name; -1 for UNDEFINED."""


def second_run(program: Program, word: Sequence[int], layers: int) -> object:
    """Returns the states of a run, the first included, in values; None where it fails."""
    state = [
        {name: variable.start(token, place) for name, variable in program.variables.items()}
        for place, token in enumerate(word)
    ]
    states = [state]
    while len(states) <= layers and not _halted(program, states[-1]):
        following = _layer(program, states[-1])
        if following is None:
            return None
        states.append(following)
    return [[_values(program, local) for local in state] for state in states]


def _values(program: Program, local: Mapping[str, int]) -> dict[str, Any]:
    return {name: program.variables[name].values[index] for name, index in local.items()}


def _halted(program: Program, state: _State) -> bool:
    halt = program.halt
    return halt is not None and all(local[halt[0]] == halt[1] for local in state)


def _layer(program: Program, state: _State) -> _State | None:
    found: _State = []
    for place, local in enumerate(state):
        attended = local | {
            name: _attend(program, head, state, place) for name, head in program.heads.items()
        }
        written = dict(local)
        for name, rules in program.rules.items():
            fired = []
            for rule in rules:
                defined = {n: mask for n, mask in rule.tests.items() if attended[n] >= 0}
                if all(mask >> (attended[n] + 1) & 1 for n, mask in defined.items()):
                    fired.append(rule.value if len(defined) == len(rule.tests) else None)
            first, *more = fired or [local[name]]
            if first is None or more:
                return None  # an undefined read, a trap, or a conflict
            written[name] = first
        found.append(written)
    return found


def _attend(program: Program, head: Head, state: _State, place: int) -> int:
    chosen = [
        local[head.value]
        for other, local in enumerate(state)
        if head.mask.allows(other - place)
        and (
            head.query is None
            or head.key is None
            or program.asked(head.query, state[place][head.query]) >> (local[head.key] + 1) & 1
        )
    ]
    if head.edges is None:
        return chosen[0] if len(chosen) == 1 else -1
    if not chosen:
        return -1
    numbers = program.variables[head.value].values
    mean = sum(numbers[index] for index in chosen) / Fraction(len(chosen))
    return bucket_of(head.edges, Fraction(float(mean)))
