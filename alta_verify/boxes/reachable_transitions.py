"""Reachable transitions: every transition that a run within the bounds has, one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Final

from alta.errors import ExecutionError
from alta.interp.step import transition
from alta.lang.program import Program
from alta.lang.values import UNDEFINED, Value
from alta.limit import checkpoint
from alta_verify.abstraction import UNDEFINED_VALUE, Transition
from alta_verify.encode.cases import Cubes
from alta_verify.obligation import NotShown, Obligation
from alta_verify.reach.answer import Pattern, ReachAnswer, Undecided, Unreachable

__all__ = ["reachable_transitions"]

# More local states are not gone through one by one.
_MAX_STATES: Final = 1 << 14

_Key = tuple[tuple[str, int], ...]


def reachable_transitions(
    program: Program,
    cubes: Cubes,
    sampled: Sequence[Transition],
    find: Callable[[Pattern], ReachAnswer],
) -> list[Transition]:
    """Returns the transitions of all local states that occur, in a fixed order.

    The program is over indices, the cubes over-approximate its local states, and runs have the
    transitions that were sampled.

    Raises:
        NotShown: when that is not known of one, there are too many to ask, or a run fails there.
    """
    # Counted before they are enumerated: a product of value sets may be astronomical.
    count = sum(prod(len(values) for values in cube.values()) for cube in cubes)
    if count > _MAX_STATES:
        raise NotShown(
            f"a learned block is looked at in one local state after the other, and there may be "
            f"{count:,} of them; up to {_MAX_STATES:,} are gone through, so try fewer variables or "
            "smaller ranges"
        )
    # What a sampled run has needs no engine; the others are asked for one by one.
    occurring = {_key(step.local) for step in sampled}
    transitions = [
        _transition(program, local)
        for local in _states(cubes)
        if _key(local) in occurring or _occurs(local, find)
    ]
    # Lemma 12: transitions may be none only where runs show that no local state occurs.
    missed = occurring - {_key(step.local) for step in transitions}
    if missed:
        raise NotShown(f"runs have {_shown(dict(min(missed)))}, which was not gone through")
    if not transitions and not isinstance(find({}), Unreachable):
        raise NotShown("runs take layers, but no local state occurs")
    return transitions


def _key(local: Mapping[str, int]) -> _Key:
    return tuple(sorted(local.items()))


def _states(cubes: Cubes) -> list[dict[str, int]]:
    """Returns the local states in some cubes, each once, in order."""
    states: dict[_Key, dict[str, int]] = {}
    for cube in cubes:
        for values in product(*map(sorted, cube.values())):
            checkpoint()
            local = dict(zip(cube, values, strict=True))
            # Cubes may overlap; each local state is asked about once.
            states.setdefault(_key(local), local)
    return [states[key] for key in sorted(states)]


def _occurs(local: Mapping[str, int], find: Callable[[Pattern], ReachAnswer]) -> bool:
    answer = find({name: frozenset({value}) for name, value in local.items()})
    if isinstance(answer, Undecided):
        raise NotShown(f"whether {_shown(local)} occurs is not known: {answer.reason}")
    # Only a proof that no run has it leaves a state out.
    return not isinstance(answer, Unreachable)


def _transition(program: Program, local: Mapping[str, int]) -> Transition:
    """Returns the transition of a local state, as the definitional interpreter takes it."""
    checkpoint()
    values: dict[str, Value] = {
        name: UNDEFINED if value == UNDEFINED_VALUE else value for name, value in local.items()
    }
    try:
        after = transition(program, values)
    except ExecutionError as error:
        reason = f"the program fails in {_shown(local)}: {error}"
        raise NotShown(reason, owner=Obligation("program")) from error
    return Transition(local, after)  # type: ignore[arg-type]  # indices


def _shown(local: Mapping[str, int]) -> str:
    return " & ".join(f"{name}={value}" for name, value in local.items())
