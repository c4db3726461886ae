"""Occurring: every transition that a run within the bounds has, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Final

from alta.lang.program import Program
from alta.limit import checkpoint
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.encode.cases import Cubes
from alta_verify.obligation import NotShown, Obligation
from alta_verify.reach.answer import Pattern, Reachable, ReachAnswer, Undecided, Unreachable
from alta_verify.transition import Transition

__all__ = ["reachable_transitions", "successor"]

_MOST: Final = 1 << 14
"""More local states are not gone through one by one."""


def reachable_transitions(
    program: Program,
    cubes: Cubes,
    seen: Sequence[Transition],
    find: Callable[[Pattern], ReachAnswer],
) -> list[Transition]:
    """Returns the transitions of all local states that occur, in a fixed order.

    Args:
        program: the program over indices.
        cubes: over-approximates the local states.
        seen: transitions that runs have.
        find: decides whether a run has a local state.

    Raises:
        NotShown: when that is not known of one, there are too many to ask, or a run fails there.
    """
    known = {_key(step.local) for step in seen}
    count = sum(prod(len(values) for values in row.values()) for row in cubes)
    if count > _MOST:
        raise NotShown(
            f"a learned block is looked at in one local state after the other, and there may be "
            f"{count:,} of them; up to {_MOST:,} are gone through"
        )
    found = []
    for local in _states(cubes):
        checkpoint()
        if _key(local) not in known:
            match find({name: frozenset({value}) for name, value in local.items()}):
                case Unreachable():
                    continue
                case Undecided(reason=reason):
                    raise NotShown(f"whether {_shown(local)} occurs is not known: {reason}")
                case Reachable():
                    pass
        found.append(Transition(local, successor(program, local)))
    missed = known - {_key(step.local) for step in found}
    if missed:
        raise NotShown(f"runs have {_shown(dict(min(missed)))}, which was not gone through")
    if not found and not isinstance(find({}), Unreachable):
        raise NotShown("runs take layers, but no local state occurs")
    return found


def _key(local: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(local.items()))


def _states(cubes: Cubes) -> Iterator[dict[str, int]]:
    states: dict[tuple[tuple[str, int], ...], dict[str, int]] = {}
    for row in cubes:
        for values in product(*(sorted(own) for own in row.values())):
            checkpoint()
            local = dict(zip(row, values, strict=True))
            states.setdefault(_key(local), local)
    for key in sorted(states):
        yield states[key]


def successor(program: Program, local: Mapping[str, int]) -> dict[str, int]:
    """Returns the value of every variable after the MLP.

    Args:
        program: the program over indices.
        local: the value of every name after attention.

    Raises:
        NotShown: when rules conflict there, or one traps or reads something UNDEFINED.
    """
    after = {name: local[name] for name in program.variables}
    written: set[str] = set()
    for rule in program.rules:
        holding = [local[atom.variable] == atom.value for atom in rule.atoms]
        open_ = [local[atom.variable] == UNDEFINED_VALUE for atom in rule.atoms]
        if not all(a or b for a, b in zip(holding, open_, strict=True)):
            continue
        if any(open_) or program.is_trap(rule) or rule.variable in written:
            raise NotShown(f"the program fails in {_shown(local)}", owner=Obligation("program"))
        written.add(rule.variable)
        after[rule.variable] = rule.value  # type: ignore[assignment]
    return after


def _shown(local: Mapping[str, int]) -> str:
    return " & ".join(f"{name}={value}" for name, value in local.items())
